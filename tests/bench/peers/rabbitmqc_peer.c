/* The bare rabbitmq-c loop: what its own functions give when one calls them in a loop.
 *
 *     rabbitmqc_peer HOST PORT publish QUEUE            each line of stdin is a message
 *     rabbitmqc_peer HOST PORT consume QUEUE COUNT      COUNT bodies to stdout, a line each
 *
 * publish: persistent, mandatory, confirmed with a window of 1000; amqp_basic_publish(), which is
 * one send(2) for each frame, three for a message. Ends with 1 if a message came back or was
 * refused, and after the last confirm otherwise.
 * consume: reads the frames itself with amqp_simple_wait_frame(), which copies less than
 * amqp_consume_message(); a prefetch of PREFETCH, and when a quarter of it has been written out,
 * one acknowledgement for all of that.
 */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { WINDOW = 1000, PREFETCH = 1000, CHANNEL = 1, BUFFER = 256 * 1024 };

static void die(const char* what) {
  fprintf(stderr, "rabbitmqc_peer: %s\n", what);
  exit(1);
}

static void check(int status) {
  if (status < 0) {
    die(amqp_error_string2(status));
  }
}

static void check_reply(amqp_connection_state_t connection) {
  if (amqp_get_rpc_reply(connection).reply_type != AMQP_RESPONSE_NORMAL) {
    die("the broker refuses");
  }
}

static amqp_connection_state_t open_connection(const char* host, int port) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t* socket = amqp_tcp_socket_new(connection);
  if (socket == NULL || amqp_socket_open(socket, host, port) != AMQP_STATUS_OK) {
    die("cannot connect");
  }
  if (amqp_login(connection, "/", 0, 131072, 60, AMQP_SASL_METHOD_PLAIN, "guest", "guest")
          .reply_type != AMQP_RESPONSE_NORMAL) {
    die("cannot log in");
  }
  amqp_channel_open(connection, CHANNEL);
  check_reply(connection);
  return connection;
}

static amqp_frame_t next_frame(amqp_connection_state_t connection) {
  amqp_frame_t frame;
  check(amqp_simple_wait_frame(connection, &frame));
  return frame;
}

static uint64_t sent = 0;
static uint64_t oldest = 1; /* the first message that is not confirmed */

static void confirm(const amqp_basic_ack_t* ack) {
  static bool early[WINDOW]; /* confirmed before an older one was */
  if (ack->multiple) {
    while (oldest <= ack->delivery_tag) {
      early[oldest++ % WINDOW] = false;
    }
  } else {
    early[ack->delivery_tag % WINDOW] = true;
  }
  while (early[oldest % WINDOW]) {
    early[oldest++ % WINDOW] = false;
  }
}

/* Waits until no more than `most` messages are unanswered. */
static void take_confirms(amqp_connection_state_t connection, uint64_t most) {
  while (sent + 1 - oldest > most) {
    amqp_maybe_release_buffers(connection);
    const amqp_frame_t frame = next_frame(connection);
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
      die("a message came back or was refused");
    }
    confirm(frame.payload.method.decoded);
  }
}

static void publish(amqp_connection_state_t connection, const char* queue) {
  amqp_confirm_select(connection, CHANNEL);
  check_reply(connection);
  amqp_basic_properties_t properties = {0};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.delivery_mode = 2;
  char* line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, stdin)) >= 0) {
    if (length > 0 && line[length - 1] == '\n') {
      --length;
    }
    const amqp_bytes_t body = {(size_t)length, line};
    check(amqp_basic_publish(connection, CHANNEL, amqp_empty_bytes, amqp_cstring_bytes(queue), true,
                             false, &properties, body));
    ++sent;
    take_confirms(connection, WINDOW - 1);
  }
  take_confirms(connection, 0);
  free(line);
}

static void acknowledge(amqp_connection_state_t connection, uint64_t tag) {
  if (fflush(stdout) != 0) {
    die("cannot write");
  }
  check(amqp_basic_ack(connection, CHANNEL, tag, true));
}

static void consume(amqp_connection_state_t connection, const char* queue, uint64_t count) {
  static char buffer[BUFFER];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  amqp_basic_qos(connection, CHANNEL, 0, PREFETCH, false);
  check_reply(connection);
  amqp_basic_consume(connection, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, false, false,
                     false, amqp_empty_table);
  check_reply(connection);
  uint64_t tag = 0;
  uint64_t missing = 0; /* of the current body */
  for (uint64_t taken = 0; taken < count;) {
    amqp_maybe_release_buffers(connection);
    const amqp_frame_t frame = next_frame(connection);
    if (frame.frame_type == AMQP_FRAME_METHOD) {
      if (frame.payload.method.id != AMQP_BASIC_DELIVER_METHOD) {
        die("the broker ends the consumer");
      }
      tag = ((const amqp_basic_deliver_t*)frame.payload.method.decoded)->delivery_tag;
      continue;
    }
    if (frame.frame_type == AMQP_FRAME_HEADER) {
      missing = frame.payload.properties.body_size;
    } else {
      const amqp_bytes_t part = frame.payload.body_fragment;
      fwrite(part.bytes, 1, part.len, stdout);
      missing -= part.len;
    }
    if (missing == 0) {
      putchar('\n');
      if (++taken % (PREFETCH / 4) == 0) {
        acknowledge(connection, tag);
      }
    }
  }
  acknowledge(connection, tag);
}

int main(int count, char** arguments) {
  if (count < 5 || (strcmp(arguments[3], "consume") == 0 && count < 6)) {
    die("usage: rabbitmqc_peer HOST PORT publish QUEUE | consume QUEUE COUNT");
  }
  amqp_connection_state_t connection = open_connection(arguments[1], atoi(arguments[2]));
  if (strcmp(arguments[3], "publish") == 0) {
    publish(connection, arguments[4]);
  } else {
    consume(connection, arguments[4], strtoull(arguments[5], NULL, 10));
  }
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
  return 0;
}
