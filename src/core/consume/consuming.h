#pragma once

#include <deque>
#include <vector>

#include "core/consume/consumer.h"
#include "core/runtime/poll.h"

namespace mscomm {

/// The connection ended in a way after which another one may go on.
class ConnectionLost : public Error {
 public:
  explicit ConnectionLost(Error error) : Error(std::move(error)) {}
};

/// One run of consume_all().
class Consuming {
 public:
  Consuming(Session& session, const ConsumePlan& plan, const ConsumeHooks& hooks, Writer& writer,
            const Context& context);
  ConsumeReport run();

 private:
  // Taking messages and writing them (consumer.cpp).
  void loop();
  bool take_deliveries();
  void let_more_come();
  void on_event(const Event& event);
  void on(const Delivery& delivery);
  void look_after_connection();
  bool is_asked_for(const Delivery& delivery, WallTime received_at);
  void render(const Delivery& delivery, WallTime received_at);
  void stream(const Delivery& delivery, WallTime received_at);
  void push_out();
  void write_out();
  void wait_for_output();
  bool stop_due(bool came);
  bool queue_is_empty();
  void wait();

  // What the broker is told (consumer_settling.cpp).
  void subscribe();
  [[nodiscard]] bool is_capped() const;
  [[nodiscard]] std::uint64_t grantable() const;
  [[nodiscard]] std::uint64_t wanted() const;
  [[nodiscard]] bool count_reached() const { return plan_.count && taken_ >= wanted(); }
  void settle();
  void renew_window();

  // Commands and their results (consumer_commands.cpp).
  [[nodiscard]] bool is_busy() const;
  [[nodiscard]] bool takes_no_more() const { return count_reached() || stopping_; }
  void take_results();
  void on_result(const CommandResult& result);
  void on_failure(const CommandResult& result);
  void send_reply(const CommandResult& result);
  void on_confirm(const Confirm& confirm);
  void await_confirms(Duration patience);
  void put_back(std::uint64_t delivery_tag);
  void end_commands(Duration patience);

  // Losing the connection, and the end (consumer_recovery.cpp).
  template <class Request>
  auto ask(Request request);
  void on_cancelled();
  void on_closed(const Closed& closed);
  void resume(const ConnectionLost& lost);
  void finish();
  [[nodiscard]] bool is_hurried() const { return report_.interrupted || report_.error; }
  void note_refused_settlements();

  Session* session_;  // null while there is none
  const ConsumePlan& plan_;
  const ConsumeHooks& hooks_;
  Writer& writer_;
  const Context& context_;
  bool paced_;  // the output is a pipe and says when the reader has taken everything
  ConsumeReport report_;
  std::uint64_t rendered_ = 0;
  std::uint64_t taken_before_ = 0;  // of the count, over the connections that were lost
  TimePoint last_delivery_;
  TimePoint last_batch_;
  TimePoint care_due_;
  int empty_answers_ = 0;
  bool more_due_ = false;          // the last batch was full: the session may hold more already
  std::optional<Error> stopping_;  // what ends the run once the commands that run have ended
  bool ends_commands_ = false, told_to_end_ = false;
  Deadline patience_;  // with the output, when the run is over
  std::vector<pollfd> polled_;

  // What belongs to one connection.
  DeliveryLedger ledger_;
  std::string consumer_tag_;
  std::uint64_t taken_ = 0;            // messages that were asked for
  std::uint16_t window_ = 0;           // the consumer's prefetch
  std::uint64_t granted_ = 0;          // what the broker may send without a settlement
  std::uint64_t held_by_earlier_ = 0;  // consumers, whose windows these fill
  struct PutBack {
    TimePoint due;
    std::uint64_t delivery_tag;
  };
  std::deque<PutBack> put_back_;  // what waits before it goes back
  struct Reply {
    std::uint64_t sequence;
    std::uint64_t delivery_tag;  // of the request
  };
  std::deque<Reply> replies_;  // what is not confirmed
  bool cancelled_ = false;
  bool lost_ = false;
};

/// Makes a request whose failure may mean that the connection, or its channel, is lost.
template <class Request>
auto Consuming::ask(Request request) {
  try {
    return request(*session_);
  } catch (const ChannelRefusal&) {
    lost_ = true;  // the deliveries' channel is gone, and with it every tag
    throw;
  } catch (const Error& error) {
    if (error.reason() != Exit::unreachable) {
      throw;
    }
    lost_ = true;
    throw ConnectionLost(error);
  }
}

}  // namespace mscomm
