#include "core/amqp/broker_error.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <array>

namespace mscomm {
namespace {

Exit reason_of(int code, std::string_view text) {
  if (text.find("Malformed UTF-8") != std::string_view::npos) {
    return Exit::usage;  // in a name that the user gave
  }
  switch (code) {
    case AMQP_ACCESS_REFUSED:
      return Exit::denied;
    case AMQP_NOT_ALLOWED:
      return text.find("refused for user") != std::string_view::npos ? Exit::denied : Exit::failed;
    case AMQP_CONNECTION_FORCED:
      return Exit::unreachable;
    default:
      return Exit::failed;
  }
}

struct Hint {
  int code;
  std::string_view if_text_has;
  std::string_view hint;
};

constexpr std::string_view kExchangeTypes =
    "the types are direct, fanout, headers and topic, and those of the broker's plugins";

constexpr std::string_view kConsumerTimeout =
    "a message was not acknowledged within the broker's consumer_timeout and is back in the queue: "
    "its command, the pauses of --retry or the reader took too long; rabbitmq.conf sets the time, "
    "or a queue's x-consumer-timeout";

constexpr std::string_view kBrokenProtocol =
    "the broker says that mscomm broke the protocol; if nothing stands between them, that is a bug "
    "worth reporting";

// The first row that fits gives the hint.
constexpr auto kHints = std::to_array<Hint>({
    {AMQP_NOT_FOUND, "no queue", "--declare creates a missing queue"},
    {AMQP_NOT_FOUND, "no exchange", "--declare-exchange TYPE creates a missing exchange"},
    {AMQP_NOT_FOUND, "timeout", "most nodes of the queue may be down"},
    {AMQP_ACCESS_REFUSED, "Login was refused",
     "is the user name right, and the password? The user guest may log in from localhost only"},
    {AMQP_ACCESS_REFUSED, "refused for user",
     "the user lacks the permission: rabbitmqctl list_permissions shows what it has"},
    {AMQP_NOT_ALLOWED, "not found",
     "rabbitmqctl list_vhosts shows the virtual hosts; "
     "in the URL a '/' in the name is written %2F"},
    {AMQP_NOT_ALLOWED, "negotiated frame_max",
     "make the frame_max in the URL larger, or leave it away"},
    {AMQP_NOT_ALLOWED, "of consumers per channel",
     "with --prefetch 1 a run is one consumer; the broker's consumer_max_per_channel is the limit"},
    {AMQP_NOT_ALLOWED, "refused for user", "rabbitmqctl set_permissions gives a user access"},
    {AMQP_RESOURCE_LOCKED, "",
     "another connection holds the queue exclusively, or the queue exists and is not exclusive"},
    {AMQP_PRECONDITION_FAILED, "timed out", kConsumerTimeout},
    {AMQP_PRECONDITION_FAILED, "message size", "the broker's max_message_size sets the limit"},
    {AMQP_PRECONDITION_FAILED, "expected integer", "this argument of a queue is a whole number"},
    {AMQP_PRECONDITION_FAILED, "unsupported queue type", "the types are classic, quorum, stream"},
    {AMQP_PRECONDITION_FAILED, "unsupported queue version",
     "RabbitMQ 4.3 has dropped version 1 of classic queues: leave x-queue-version away"},
    {AMQP_PRECONDITION_FAILED, "of queue type",
     "queues of this type have no such argument; --queue-arg x-queue-type=classic asks for "
     "another"},
    {AMQP_PRECONDITION_FAILED, "user_id property",
     "--user-id must be the user that is logged in, or be left away"},
    {AMQP_PRECONDITION_FAILED, "prefetch count is not set",
     "the queue is a stream, which keeps what is read: nothing has to be put back, so leave --peek "
     "and --requeue away"},
    {AMQP_COMMAND_INVALID, "unknown exchange type", kExchangeTypes},
    {AMQP_PRECONDITION_FAILED, "unknown exchange type", kExchangeTypes},  // RabbitMQ 4
    {AMQP_CONNECTION_FORCED, "", "somebody closed the connection, or the broker is shutting down"},
    {AMQP_INTERNAL_ERROR, "transient_nonexcl_queues",
     "this broker refuses transient queues: try --declare=durable"},
    {AMQP_INTERNAL_ERROR, "queue_master_locator",
     "x-queue-leader-locator has taken the place of x-queue-master-locator"},
    {AMQP_INTERNAL_ERROR, "", "the broker itself has failed; its log says why"},
    {AMQP_FRAME_ERROR, "", kBrokenProtocol},
    {AMQP_SYNTAX_ERROR, "", kBrokenProtocol},
    {AMQP_COMMAND_INVALID, "", kBrokenProtocol},
    {AMQP_CHANNEL_ERROR, "", kBrokenProtocol},
    {AMQP_UNEXPECTED_FRAME, "", kBrokenProtocol},
});

}  // namespace

Error broker_error(int code, std::string_view text) {
  const auto reason = reason_of(code, text);
  std::string_view hint;
  for (const auto& row : kHints) {
    if (row.code == code && text.find(row.if_text_has) != std::string_view::npos) {
      hint = row.hint;
      break;
    }
  }
  const auto dash = text.find(" - ");
  const auto message =
      dash == std::string_view::npos
          ? fmt::format("{} ({})", text, code)
          : fmt::format("{} ({} {})", text.substr(dash + 3), code, text.substr(0, dash));
  return {reason, message, std::string(hint)};
}

Error consumer_timeout_error(const std::string& queue) {
  return {Exit::failed,
          fmt::format("a message of queue '{}' was not acknowledged in time, and the broker ended "
                      "the consumer",
                      queue),
          std::string(kConsumerTimeout)};
}

std::string quoted_after(std::string_view text, std::string_view label) {
  const auto start = text.find(label);
  if (start == std::string_view::npos) {
    return {};
  }
  const auto open = text.find('\'', start + label.size());
  if (open == std::string_view::npos) {
    return {};
  }
  const auto close = text.find('\'', open + 1);
  return std::string(text.substr(open + 1, close == std::string_view::npos ? 0 : close - open - 1));
}

}  // namespace mscomm
