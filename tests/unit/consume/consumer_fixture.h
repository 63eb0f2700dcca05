#pragma once

#include "core/consume/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

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
  void when_waiting(std::function<void()> step, int times = 1) {
    for (int i = 0; i < times; ++i) {
      session.when_waited_for.push_back(step);
    }
  }
  void end_when_waiting() {
    when_waiting([this] { session.push(Cancelled{"ctag"}); });
  }

  ConsumeReport run(Writer& writer) {
    auto report =
        consume_all(session, plan, {render, matches, reconnect, commands}, writer, ctx.context);
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

  FakeSession session;
  ConsumePlan plan;
  test::RunContext ctx;
  test::TempFile file;
  Render render = [](std::string& out, const Delivery& delivery, WallTime) {
    out += delivery.body;
    out += '\n';
  };
  Matches matches;
  Reconnect reconnect;
  MessageCommands* commands = nullptr;
};

}  // namespace mscomm
