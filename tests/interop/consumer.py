# Consumer Service
# The guide's program. Only the address is ours: the broker's port comes from the environment.
import os
import pika, sys

connection = pika.BlockingConnection(pika.ConnectionParameters('localhost', os.environ['AMQP_PORT']))
channel = connection.channel()

channel.queue_declare(queue='task_queue')

def callback(ch, method, properties, body):
    print(f'Received {body}')

channel.basic_consume(queue='task_queue', on_message_callback=callback, auto_ack=True)
channel.start_consuming()
