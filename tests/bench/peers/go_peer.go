// The Go client (amqp091-go).
//
//	go_peer HOST PORT publish QUEUE          each line of stdin is a message
//	go_peer HOST PORT consume QUEUE COUNT    COUNT bodies to stdout, a line each
//
// publish: persistent, mandatory, deferred confirms with a window of 1000.
// consume: prefetch 1000; when a quarter of it has been written out, one acknowledgement for all of
// that.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	window   = 1000
	prefetch = 1000
	buffer   = 256 * 1024
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func publish(channel *amqp.Channel, queue string) {
	check(channel.Confirm(false))
	returns := channel.NotifyReturn(make(chan amqp.Return, 1))
	unanswered := make(chan *amqp.DeferredConfirmation, window-1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for confirmation := range unanswered {
			if !confirmation.Wait() {
				log.Fatal("a message was refused")
			}
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, buffer), buffer)
	for lines.Scan() {
		body := append([]byte(nil), lines.Bytes()...)
		confirmation, err := channel.PublishWithDeferredConfirmWithContext(context.Background(), "",
			queue, true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
		check(err)
		unanswered <- confirmation
	}
	check(lines.Err())
	close(unanswered)
	<-done
	select {
	case <-returns:
		log.Fatal("a message came back")
	default:
	}
}

func consume(channel *amqp.Channel, queue string, count int) {
	check(channel.Qos(prefetch, 0, false))
	deliveries, err := channel.Consume(queue, "", false, false, false, false, nil)
	check(err)
	out := bufio.NewWriterSize(os.Stdout, buffer)
	for taken := 1; taken <= count; taken++ {
		delivery, open := <-deliveries
		if !open {
			log.Fatal("the broker ends the consumer")
		}
		out.Write(delivery.Body)
		out.WriteByte('\n')
		if taken%(prefetch/4) == 0 || taken == count {
			check(out.Flush())
			check(delivery.Ack(true))
		}
	}
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("go_peer: ")
	host, port, verb, queue := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	connection, err := amqp.Dial(fmt.Sprintf("amqp://guest:guest@%s:%s/", host, port))
	check(err)
	channel, err := connection.Channel()
	check(err)
	if verb == "publish" {
		publish(channel, queue)
	} else {
		count, err := strconv.Atoi(os.Args[5])
		check(err)
		consume(channel, queue, count)
	}
	check(connection.Close())
}
