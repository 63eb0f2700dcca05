#pragma once

#include "core/consume/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <thread>

#include "core/consume/print_handler.h"
#include "core/consume/reply_handler.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {

using namespace std::chrono_literals;
using test::FakeSession;
using testing::HasSubstr;

inline std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

class Consumer : public testing::Test {
 protected:
  Consumer() {
    plan.queue = "q";
    ctx.time_out_after(30s);  // no test may hang
  }

  void enqueue(int count, int from = 1) {
    for (int i = from; i < from + count; ++i) {
      session.enqueue("m" + std::to_string(i));
    }
  }
  void when_waiting(const std::function<void()>& step, int times = 1) {
    for (int i = 0; i < times; ++i) {
      session.when_waited_for.push_back(step);
    }
  }
  void end_when_waiting() {
    when_waiting([this] { session.push(Cancelled{"ctag"}); });
  }

  /// Prints the messages, or runs a command for each where there is one.
  std::unique_ptr<DeliveryHandler> make_handler(Writer& writer, SessionOwner& owner) {
    exec.once = plan.ends_by_itself();
    if (exec.commands.command.empty()) {
      return std::make_unique<PrintHandler>(render, plan.handled(), writer, owner, ctx.context);
    }
    if (reply) {
      return std::make_unique<ReplyHandler>(exec, writer, owner, ctx.context);
    }
    return std::make_unique<ExecHandler>(exec, writer, owner, ctx.context);
  }
  /// Consumes over `first` and, when that is lost, what `reconnect` gives.
  ConsumeReport consume(FakeSession& first, Writer& writer) {
    SessionOwner::Reopen reopen;
    if (reconnect) {
      reopen = [this](bool fruitful) { return test::borrow(reconnect(fruitful)); };
    }
    SessionOwner owner(test::borrow(first), reopen);
    const auto handler = make_handler(writer, owner);
    auto report = consume_all(owner, plan, *handler, ctx.context, matches);
    EXPECT_FALSE(handler->is_working());
    return report;
  }
  ConsumeReport run(Writer& writer) {
    auto report = consume(session, writer);
    EXPECT_EQ(session.closes, 1);
    return report;
  }
  ConsumeReport run() {
    Writer writer(file.fd(), "out", ctx.stop);
    return run(writer);
  }
  /// Runs with the write end of a pipe as the output; `reader` has a thread of its own.
  ConsumeReport run_piped(const std::function<void(int fd)>& reader) {
    test::Pipe pipe;
    std::thread thread([&] {
      reader(pipe.read_end.get());
      pipe.read_end.reset();
    });
    auto report = [&] {
      Writer writer(pipe.write_end.get(), "out", ctx.stop);
      return run(writer);
    }();
    pipe.write_end.reset();
    thread.join();
    return report;
  }
  [[nodiscard]] std::uint64_t last_settled() const {
    return session.settled.empty() ? 0 : session.settled.back().tag;
  }

  /// The last delivery that was acknowledged, 0 when none was.
  [[nodiscard]] std::uint64_t acknowledged() const {
    std::uint64_t last = 0;
    for (const auto& each : session.settled) {
      last = each.how == Settle::ack ? each.tag : last;
    }
    return last;
  }

  FakeSession session;
  ConsumePlan plan;
  test::RunContext ctx;
  test::TempFile file;
  Render render = [](std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
    out += record.delivery.body;
    out += '\n';
  };
  Matches matches;
  std::function<FakeSession&(bool fruitful)> reconnect;
  ExecHandler::Plan exec;
  bool reply = false;
};

}  // namespace mscomm
