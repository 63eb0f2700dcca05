# An RPC client as pika's users write it: an exclusive queue for the answers, a correlation id.
import os
import sys
import uuid

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters('localhost', os.environ['AMQP_PORT']))
channel = connection.channel()
callback_queue = channel.queue_declare(queue='', exclusive=True).method.queue
correlation_id = str(uuid.uuid4())
answer = None


def on_response(ch, method, props, body):
    global answer
    if props.correlation_id == correlation_id:
        answer = body


channel.basic_consume(queue=callback_queue, on_message_callback=on_response, auto_ack=True)
channel.basic_publish(exchange='', routing_key='rpc_queue', body=sys.argv[1].encode(),
                      properties=pika.BasicProperties(reply_to=callback_queue,
                                                      correlation_id=correlation_id))
connection.process_data_events(time_limit=20)
while answer is None:
    connection.process_data_events(time_limit=20)
print(answer.decode())
