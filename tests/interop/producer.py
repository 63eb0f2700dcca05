# Producer Service
# The guide's program. Only the address is ours: the broker's port comes from the environment.
import os
import pika

connection = pika.BlockingConnection(pika.ConnectionParameters('localhost', os.environ['AMQP_PORT']))
channel = connection.channel()

channel.queue_declare(queue='task_queue')
channel.basic_publish(exchange='', routing_key='task_queue', body='Hello World!')

connection.close()
