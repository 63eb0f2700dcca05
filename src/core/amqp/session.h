#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/amqp/broker_url.h"
#include "core/amqp/broker_version.h"
#include "core/message/body_digest.h"
#include "core/message/message.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// The broker confirmed (or, with `accepted` false, refused) a publish and, with `multiple`, every
/// unresolved one before it.
struct Confirm {
  std::uint64_t sequence = 0;
  bool multiple = false;
  bool accepted = true;
};

/// A mandatory message that no queue took. Always comes before the Confirm of the same message.
struct Returned {
  int code = 0;
  std::string text;  ///< "NO_ROUTE"
  Route route;
  std::optional<std::string> message_id;
  std::uint64_t body_bytes = 0;
  Properties properties = {};
  BodyDigest body = {};
};

/// The broker ended a consumer: its queue was deleted, or the queue's leader was lost.
struct Cancelled {
  std::string consumer_tag;
};

/// The broker stopped reading from this connection (a memory or disk alarm), or resumed.
struct Blocked {
  std::string reason;
};
struct Unblocked {};

/// The channel or the whole connection ended; nothing more comes.
struct Closed {
  Error error;
  bool by_broker = false;  ///< by a channel.close or connection.close, not by a lost connection
  int code = 0;            ///< the AMQP reply code when `by_broker`
  std::string text;        ///< the broker's own words when `by_broker`
};

using Event = std::variant<Delivery, Confirm, Returned, Cancelled, Blocked, Unblocked, Closed>;

/// The arguments of queue.declare.
struct QueueDeclaration {
  std::string name;  ///< empty: the broker makes one up
  bool passive = false;
  bool durable = true;
  bool exclusive = false;
  bool auto_delete = false;
  FieldTable arguments;
  /// When the answer is due, for a request after the command's own deadline.
  std::optional<Deadline> until = {};
};

struct QueueState {
  std::string name;
  std::uint32_t messages = 0;  ///< ready ones; unacknowledged messages do not count
  std::uint32_t consumers = 0;
};

struct ExchangeDeclaration {
  std::string name;
  std::string type = "fanout";
  bool passive = false;
  bool durable = true;
  bool auto_delete = false;
  FieldTable arguments;
};

struct Binding {
  std::string queue;
  std::string exchange;
  std::string routing_key;
  FieldTable arguments;
};

struct Subscription {
  std::string queue;
  bool exclusive = false;
  std::uint16_t prefetch = 0;  ///< unacknowledged messages at once; 0 is no limit
  FieldTable arguments;
  bool no_ack = false;            ///< the broker counts messages as acknowledged when it sends them
  std::string consumer_tag = {};  ///< empty: the broker makes one up
};

enum class Settle { ack, requeue, reject };

/// A request that the broker refused by closing the channel. The session has opened a new channel,
/// so another request may follow.
class ChannelRefusal : public Error {
 public:
  ChannelRefusal(Error error, int code, std::string text)
      : Error(std::move(error)), code_(code), text_(std::move(text)) {}
  [[nodiscard]] int code() const noexcept { return code_; }
  /// The broker's own words, for example "PRECONDITION_FAILED - inequivalent arg 'durable' ...".
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  int code_;
  std::string text_;
};

/// Bodies beyond that are no broker's: RabbitMQ up to 3.7 took 2 GiB, later ones 512 MiB at most.
inline constexpr std::uint64_t kLargestBody = std::uint64_t{2} << 30U;
/// What a body may take of the memory unless the user says otherwise: the most that RabbitMQ 4
/// takes unless it is told to.
inline constexpr std::uint64_t kMostInMemory = std::uint64_t{16} << 20U;

/// Where the bodies of messages go.
struct BodyPlace {
  bool large_in_files = false;  ///< most above kLargeBody bytes that come in several frames
  std::uint64_t most_in_memory = kMostInMemory;  ///< a larger one that is for memory is refused
  std::string_view hint = {};                    ///< for that
};

/// Enough buffered bytes for one large write; beyond that, more input would only grow the buffer.
inline constexpr std::size_t kSendBuffer = std::size_t{256} * 1024;
/// How often the connection is attended to while a caller waits for something else.
inline constexpr Duration kCare = std::chrono::milliseconds(500);
/// How long the broker may take to answer connection.close when the work is done.
inline constexpr Duration kGoodbye = std::chrono::seconds(5);
/// How long to wait after Ctrl-C for what is still on its way.
inline constexpr Duration kGrace = std::chrono::milliseconds(60);

/// One connection with one channel to a broker. Only the requests below and close() block. The
/// caller polls fd() for events() until wake_at(), then calls next().
class Session {
 public:
  virtual ~Session() = default;

  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual short events() const = 0;
  /// When next() must be called even if nothing is readable: it sends heartbeats, notices missing
  /// ones, and reads on where the call before stopped after much input.
  [[nodiscard]] virtual TimePoint wake_at() const = 0;

  /// The next event, or nothing when there is none. Reads the input; once all of it is read, sends
  /// the buffer and due heartbeats, otherwise wake_at() is now. An event's views are valid until
  /// the following call.
  virtual std::optional<Event> next() = 0;

  /// Sends what is buffered as far as it goes without blocking; errors surface in next().
  virtual void flush() = 0;
  /// Whether a delivery has begun to arrive, or has come during a request and is not taken yet.
  [[nodiscard]] virtual bool is_receiving() const = 0;
  /// Bytes buffered for sending.
  [[nodiscard]] virtual std::size_t buffered() const = 0;
  /// Sends buffered bytes and due heartbeats without reading, for a caller that cannot take an
  /// event now.
  virtual void keep_alive() = 0;

  /// Buffers the beginning of a publish and returns its sequence number on this channel, from 1.
  /// append_body() must follow until `body_size` bytes are there, before anything else is published
  /// or asked for. Throws Error{usage} for a message that the protocol cannot carry; nothing of it
  /// is sent then.
  virtual std::uint64_t begin_publish(const Route& route, const Properties& properties,
                                      std::uint64_t body_size, bool mandatory) = 0;
  virtual void append_body(std::string_view part) = 0;
  /// begin_publish() and append_body() in one call.
  std::uint64_t publish(const Route& route, const Properties& properties, std::string_view body,
                        bool mandatory) {
    const auto sequence = begin_publish(route, properties, body.size(), mandatory);
    append_body(body);
    return sequence;
  }

  /// Buffers the end of a consumer, for a caller that does not wait for the broker's answer:
  /// deliveries that are on their way still come. False when a request was given up and its answer
  /// has not come: it may be that of this consumer's begin, and RabbitMQ 3.10 loses the channel
  /// when a consumer ends before.
  virtual bool stop_consumer(const std::string& consumer_tag) = 0;
  /// Buffers the deletion of a queue, for a caller that does not wait for the broker's answer.
  virtual void delete_queue(const std::string& queue) = 0;
  /// Buffers the settlement of a delivery and, with `multiple`, of all before it.
  virtual void settle(std::uint64_t delivery_tag, Settle how, bool multiple) = 0;

  // Requests: sent at once, answered before they return. They throw ChannelRefusal, Error{timeout}
  // when the broker neither answers nor delivers for a while, Error{unreachable} when the
  // connection is lost, Interrupted. Events that come meanwhile are kept for next().
  virtual QueueState declare_queue(const QueueDeclaration& queue) = 0;
  virtual void declare_exchange(const ExchangeDeclaration& exchange) = 0;
  virtual void bind(const Binding& binding) = 0;
  /// Deletes an exchange that nothing is bound to, otherwise the broker refuses (406). For the end
  /// of a command: the deadline takes the place of the command's own, and where the broker has
  /// closed the channel another one is opened.
  virtual void delete_exchange(const std::string& exchange, const Deadline& deadline) = 0;
  /// Starts a consumer and returns its tag.
  virtual std::string consume(const Subscription& subscription) = 0;
  /// Stops consumers, in one round trip; next() may still hold deliveries that came before the
  /// broker's answer. Waits first for the answers to requests that were given up. Throws
  /// Error{timeout} at the deadline, too; a command's own may be over.
  virtual void cancel(const std::vector<std::string>& consumer_tags, const Deadline& deadline) = 0;

  /// From now on drops deliveries that come during requests and close(), for a caller that is about
  /// to end. The broker requeues them when the session ends.
  virtual void discard_deliveries() = 0;

  /// Closes the connection and waits for the broker's answer until the deadline. True when it came:
  /// the broker has then read everything that was sent before. Events that came meanwhile are still
  /// there for next().
  virtual bool close(const Deadline& deadline) noexcept = 0;

  /// The broker's address for messages, without the password.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Where it is connected to, and with which login.
  [[nodiscard]] virtual const BrokerUrl& broker() const = 0;
  [[nodiscard]] virtual const BrokerVersion& version() const = 0;
};

}  // namespace mscomm
