#include "core/amqp/consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/runtime/log.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// As much output as one write takes well.
constexpr std::size_t kOutputBatch = 64UL * 1024;
// How many deliveries are taken before the stop signal and the deadlines are looked at.
constexpr int kDeliveryBatch = 1000;
// While the output is blocked or slow: how often the connection is looked after.
constexpr Duration kCare = 500ms;
// After Ctrl-C: how long written records and their acknowledgements may take.
constexpr Duration kGrace = 60ms;
constexpr Duration kGoodbye = 5s;
// After the command's deadline: how long a healthy broker takes to say goodbye.
constexpr Duration kLateGoodbye = 500ms;
// A queue that has messages and delivers none for so long is not going to.
constexpr Duration kStuck = 10s;
// How often an empty-looking queue is asked whether it is empty.
constexpr Duration kEmptyCheck = 20ms;

class Consuming {
 public:
  Consuming(Session& session, const ConsumePlan& plan, const Render& render, Writer& writer,
            const Context& context)
      : session_(session),
        plan_(plan),
        render_(render),
        writer_(writer),
        context_(context),
        prefetch_(effective_prefetch(plan)),
        paced_(writer.pace_by_reader()) {}

  ConsumeReport run() {
    try {
      consumer_tag_ = session_.consume({plan_.queue, plan_.exclusive, prefetch_, plan_.arguments});
      last_delivery_ = context_.clock.now();
      loop();
    } catch (const Interrupted&) {
      report_.interrupted = true;
      context_.stop.acknowledge();
    } catch (const ReaderGone&) {
      report_.reader_gone = true;
    } catch (const ChannelRefusal& refusal) {
      // The deliveries' channel is gone, and with it every tag.
      lost_ = true;
      report_.error = refusal;
    } catch (const Error& error) {
      report_.error = error;
    }
    finish();
    return std::move(report_);
  }

 private:
  // Without acknowledgements a limit would stop the flow for good.
  static std::uint16_t effective_prefetch(const ConsumePlan& plan) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint16_t>::max();
    if (plan.ack == AckMode::none) {
      return static_cast<std::uint16_t>(plan.count.value_or(kMost + 1) > kMost ? 0 : *plan.count);
    }
    return static_cast<std::uint16_t>(
        std::min<std::uint64_t>(plan.prefetch, plan.count.value_or(kMost)));
  }

  [[nodiscard]] bool count_reached() const { return plan_.count && rendered_ >= *plan_.count; }

  void loop() {
    for (;;) {
      const bool came = take_deliveries();
      push_out();
      acknowledge();
      session_.flush();
      if (count_reached() || stop_due(came)) {
        return;
      }
      wait();
    }
  }

  // True when any delivery came.
  bool take_deliveries() {
    bool came = false;
    more_due_ = true;
    for (int taken = 0; taken < kDeliveryBatch && !count_reached(); ++taken) {
      auto event = session_.next();
      if (!event) {
        more_due_ = false;
        break;
      }
      if (const auto* delivery = std::get_if<Delivery>(&*event)) {
        came = true;
        on(*delivery);
      } else if (const auto* closed = std::get_if<Closed>(&*event)) {
        lost_ = true;
        push_out();
        throw closed->error;
      } else if (std::holds_alternative<Cancelled>(*event)) {
        push_out();
        throw Error(Exit::failed,
                    fmt::format("queue '{}' ended while it was consumed", plan_.queue),
                    "it was deleted, or the node that leads it is gone");
      }
    }
    return came;
  }

  void on(const Delivery& delivery) {
    empty_answers_ = 0;
    const auto now = context_.clock.now();
    if (now >= care_due_) {
      session_.keep_alive();
      care_due_ = now + kCare;
    }
    last_rendered_tag_ = delivery.delivery_tag;
    if (plan_.ack == AckMode::automatic) {
      written_tag_ = delivery.delivery_tag;
      acknowledge();
      session_.flush();
    }
    render_(writer_.buffer(), delivery, context_.clock.wall());
    ++rendered_;
    if (paced_ || writer_.buffer().size() >= kOutputBatch) {
      push_out();
      if (rendered_ % (prefetch_ / 4U + 1U) == 0) {
        acknowledge();
        session_.flush();
      }
    }
  }

  // Returns when everything rendered is written and, in a pipe, taken by the reader.
  void push_out() {
    if (report_.taken == rendered_) {
      return;
    }
    while (!writer_.try_flush()) {
      wait_for_output();
    }
    if (paced_) {
      while ((wait_for_output() & POLLOUT) == 0) {
      }
    }
    report_.taken = rendered_;
    written_tag_ = last_rendered_tag_;
  }

  // The output's poll events; looks after the connection while it has none.
  short wait_for_output() {
    for (;;) {
      pollfd output{writer_.fd(), POLLOUT, 0};
      const auto until = context_.deadline.min(Deadline(context_.clock.now() + kCare));
      if (wait_for({&output, 1}, until, context_.stop) == Wake::stopped) {
        throw Interrupted();
      }
      if ((output.revents & POLLOUT) != 0) {
        return output.revents;
      }
      if (output.revents != 0) {
        throw ReaderGone();
      }
      if (context_.deadline.passed(context_.clock.now())) {
        throw Error(Exit::timeout, "the deadline passed while the output was blocked");
      }
      session_.keep_alive();
    }
  }

  // Everything written so far, in one frame. With a count, as many stay unacknowledged as keep the
  // broker from sending more than was asked for.
  void acknowledge() {
    auto tag = written_tag_;
    if (plan_.count && !cancelled_ && plan_.ack == AckMode::after) {
      tag = std::min(tag, *plan_.count > prefetch_ ? *plan_.count - prefetch_ : 0);
    }
    if (plan_.ack == AckMode::none || tag <= acknowledged_tag_) {
      return;
    }
    session_.settle(tag, Settle::ack, true);
    report_.acknowledged += tag - acknowledged_tag_;
    acknowledged_tag_ = tag;
  }

  bool stop_due(bool came) {
    const auto now = context_.clock.now();
    if (came) {
      // Not when it came: the time that the output took says nothing about the queue.
      last_delivery_ = now;
    }
    if (plan_.until_empty && !came && !acks_are_unsent() && queue_is_empty()) {
      return true;
    }
    if (plan_.idle && now - last_delivery_ >= *plan_.idle) {
      return true;
    }
    if (!context_.deadline.passed(now)) {
      return false;
    }
    if ((plan_.count && rendered_ > 0) || plan_.until_empty) {
      throw Error(Exit::timeout, fmt::format("the deadline passed after {} message{}", rendered_,
                                             rendered_ == 1 ? "" : "s"));
    }
    return true;
  }

  // The broker may be waiting for them before it delivers more.
  [[nodiscard]] bool acks_are_unsent() const { return session_.buffered() > 0; }

  // The channel answers a passive declare before it looks at deliveries that wait in its own
  // mailbox; so only several answers with nothing delivered in between say that the queue is empty.
  bool queue_is_empty() {
    QueueDeclaration question;
    question.name = plan_.queue;
    question.passive = true;
    const auto state = session_.declare_queue(question);
    empty_answers_ = state.messages == 0 ? empty_answers_ + 1 : 0;
    if (empty_answers_ == 0 && context_.clock.now() - last_delivery_ >= kStuck) {
      throw Error(
          Exit::failed,
          fmt::format("queue '{}' has {} messages and delivers none", plan_.queue, state.messages),
          "a stream never empties; a queue with a single active consumer may have another");
    }
    return empty_answers_ > 2;
  }

  // Also sees a stop signal, so it is called even when there is no time to wait.
  void wait() {
    std::array<pollfd, 2> sources{{{session_.fd(), session_.events(), 0}, {writer_.fd(), 0, 0}}};
    auto until = context_.deadline.min(Deadline(session_.wake_at()));
    if (plan_.idle) {
      until = until.min(Deadline(last_delivery_ + *plan_.idle));
    }
    if (plan_.until_empty) {
      const auto pause = empty_answers_ > 0 ? Duration::zero() : Duration(kEmptyCheck);
      until = until.min(Deadline(context_.clock.now() + pause));
    }
    if (more_due_) {
      until = Deadline(context_.clock.now());
    }
    if (wait_for(sources, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
    // POLLERR is a pipe's, POLLHUP a socket's and a terminal's way of saying so.
    if ((sources[1].revents & (POLLERR | POLLHUP)) != 0) {
      throw ReaderGone();
    }
  }

  // Acknowledges what was written, gives everything else back, says goodbye.
  void finish() {
    const auto now = context_.clock.now();
    const bool late = context_.deadline.passed(now);
    const bool hurried = report_.interrupted || report_.error.has_value();
    const Deadline deadline(now + (hurried ? kGrace : late ? kLateGoodbye : kGoodbye));
    if (lost_ || consumer_tag_.empty()) {
      session_.close(deadline);
      return;
    }
    try {
      // A request does not outlive the command's deadline; its end would look like a failure.
      if (!hurried && !late) {
        session_.cancel(consumer_tag_);
      }
    } catch (const Interrupted&) {
      report_.interrupted = true;
      context_.stop.acknowledge();
    } catch (const Error& error) {
      report_.error = error;
    }
    cancelled_ = true;
    acknowledge();
    if (!session_.close(deadline) && late && !hurried) {
      // Nobody knows whether the queue was empty or the broker silent.
      report_.error =
          Error(Exit::timeout, fmt::format("{} did not answer in time", session_.name()));
    }
  }

  Session& session_;
  const ConsumePlan& plan_;
  const Render& render_;
  Writer& writer_;
  const Context& context_;
  std::uint16_t prefetch_;
  bool paced_;  // the output is a pipe and says when the reader has taken everything
  ConsumeReport report_;
  std::string consumer_tag_;
  std::uint64_t rendered_ = 0;
  std::uint64_t last_rendered_tag_ = 0;
  std::uint64_t written_tag_ = 0;
  std::uint64_t acknowledged_tag_ = 0;
  TimePoint last_delivery_;
  TimePoint care_due_;
  int empty_answers_ = 0;
  bool more_due_ = false;  // the last batch was full: the session may hold more already
  bool cancelled_ = false;
  bool lost_ = false;
};

}  // namespace

ConsumeReport consume_all(Session& session, const ConsumePlan& plan, const Render& render,
                          Writer& writer, const Context& context) {
  return Consuming(session, plan, render, writer, context).run();
}

}  // namespace mscomm
