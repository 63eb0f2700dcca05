# An RPC server as pika's users write it: answers each request with its body in capitals.
# With an argument the first answer carries another correlation id, as a late one of before would.
import os
import sys

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters('localhost', os.environ['AMQP_PORT']))
channel = connection.channel()
channel.queue_declare(queue='rpc_queue')


def on_request(ch, method, props, body):
    ids = ['another'] if len(sys.argv) > 1 else []
    for correlation_id in ids + [props.correlation_id]:
        ch.basic_publish(exchange='', routing_key=props.reply_to,
                         properties=pika.BasicProperties(correlation_id=correlation_id),
                         body=body.upper() if correlation_id != 'another' else b'not yours')
    ch.basic_ack(delivery_tag=method.delivery_tag)


channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue='rpc_queue', on_message_callback=on_request)
print('waiting')
channel.start_consuming()
