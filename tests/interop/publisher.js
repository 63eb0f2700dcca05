// The guide's program. Only the address is ours: the broker's URL comes from the environment.
const amqp = require('amqplib/callback_api');

amqp.connect(process.env.AMQP_URL, function(error0, connection) {
  if (error0) {
    throw error0;
  }
  connection.createChannel(function(error1, channel) {
    if (error1) {
      throw error1;
    }
    var exchange = 'logs';
    var msg = 'Hello World!';

    channel.assertExchange(exchange, 'fanout', {durable: false});
    channel.publish(exchange, '', Buffer.from(msg));
    console.log(' [x] Sent %s', msg);
  });
});
