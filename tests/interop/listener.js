// The other half of the guide's publisher, which the guide leaves out: it declares the exchange in
// the same way and prints what arrives on a queue of its own.
const amqp = require('amqplib/callback_api');

amqp.connect(process.env.AMQP_URL, function(error0, connection) {
  if (error0) {
    throw error0;
  }
  connection.createChannel(function(error1, channel) {
    if (error1) {
      throw error1;
    }
    const exchange = 'logs';
    channel.assertExchange(exchange, 'fanout', {durable: false});
    channel.assertQueue('', {exclusive: true}, function(error2, queue) {
      if (error2) {
        throw error2;
      }
      channel.bindQueue(queue.queue, exchange, '');
      channel.consume(queue.queue, function(message) {
        console.log(' [x] Received %s', message.content.toString());
      }, {noAck: true}, function(error3) {
        if (error3) {
          throw error3;
        }
        console.log(' [*] Waiting for logs');
      });
    });
  });
});
