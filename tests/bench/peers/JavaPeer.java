import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * The Java client.
 *
 * <pre>
 * JavaPeer HOST PORT publish QUEUE          each line of stdin is a message
 * JavaPeer HOST PORT consume QUEUE COUNT    COUNT bodies to stdout, a line each
 * </pre>
 *
 * publish: persistent, mandatory, confirmed with a window of 1000 kept by a ConfirmListener, as in
 * RabbitMQ's tutorial on publisher confirms.
 * consume: prefetch 1000; when a quarter of it has been written out, one acknowledgement for all of
 * that.
 */
public final class JavaPeer {
  private static final int WINDOW = 1000;
  private static final int PREFETCH = 1000;
  private static final int BUFFER = 256 * 1024;

  private static void fail(String what) {
    System.err.println("JavaPeer: " + what);
    Runtime.getRuntime().halt(1);
  }

  private static void publish(Channel channel, String queue) throws Exception {
    Semaphore room = new Semaphore(WINDOW);
    ConcurrentSkipListSet<Long> unanswered = new ConcurrentSkipListSet<>();
    channel.confirmSelect();
    channel.addReturnListener((code, text, exchange, key, properties, body) ->
        fail("a message came back"));
    channel.addConfirmListener(new ConfirmListener() {
      @Override
      public void handleAck(long tag, boolean multiple) {
        if (!multiple) {
          unanswered.remove(tag);
          room.release();
          return;
        }
        int count = 0;
        while (!unanswered.isEmpty() && unanswered.first() <= tag) {
          unanswered.pollFirst();
          ++count;
        }
        room.release(count);
      }

      @Override
      public void handleNack(long tag, boolean multiple) {
        fail("a message was refused");
      }
    });
    BufferedReader lines = new BufferedReader(
        new InputStreamReader(System.in, StandardCharsets.ISO_8859_1), BUFFER);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      room.acquire();
      unanswered.add(channel.getNextPublishSeqNo());
      channel.basicPublish("", queue, true, MessageProperties.MINIMAL_PERSISTENT_BASIC,
          line.getBytes(StandardCharsets.ISO_8859_1));
    }
    room.acquire(WINDOW);
  }

  private static void consume(Channel channel, String queue, int count) throws Exception {
    OutputStream out =
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);
    CountDownLatch done = new CountDownLatch(1);
    channel.basicQos(PREFETCH);
    channel.basicConsume(queue, false, new DefaultConsumer(channel) {
      private int taken = 0;

      @Override
      public void handleDelivery(String consumer, Envelope envelope,
          AMQP.BasicProperties properties, byte[] body) throws IOException {
        out.write(body);
        out.write('\n');
        if (++taken % (PREFETCH / 4) == 0 || taken == count) {
          out.flush();
          channel.basicAck(envelope.getDeliveryTag(), true);
        }
        if (taken == count) {
          done.countDown();
        }
      }

      @Override
      public void handleCancel(String consumer) {
        fail("the broker ends the consumer");
      }
    });
    done.await();
  }

  public static void main(String[] arguments) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(arguments[0]);
    factory.setPort(Integer.parseInt(arguments[1]));
    Connection connection = factory.newConnection();
    Channel channel = connection.createChannel();
    if (arguments[2].equals("publish")) {
      publish(channel, arguments[3]);
    } else {
      consume(channel, arguments[3], Integer.parseInt(arguments[4]));
    }
    connection.close();
  }
}
