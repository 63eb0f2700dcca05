#pragma once

#include "core/publish/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "core/amqp/broker_error.h"
#include "core/message/source.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {

using namespace std::chrono_literals;
using test::FakeSession;
using testing::HasSubstr;
using testing::Not;
using Answer = FakeSession::Answer;

/// Gives what a list says, and counts how often it was asked.
class FakeSource final : public MessageSource {
 public:
  struct Pause {};  ///< "nothing yet" once; fd() is readable at once
  struct Step {
    std::variant<Outgoing, Pause, Error> what;
    std::string body;
  };

  FakeSource& add(std::string body, Outgoing message = {}) {
    steps.push_back({std::move(message), std::move(body)});
    return *this;
  }
  FakeSource& add_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      add("x");
    }
    return *this;
  }
  FakeSource& pause() {
    steps.push_back({Pause{}, {}});
    return *this;
  }
  FakeSource& fail(Error error) {
    steps.push_back({std::move(error), {}});
    return *this;
  }

  State next(Outgoing& out) override {
    if (steps.empty() && !endless) {
      return State::end;
    }
    if (steps.empty()) {
      out = Outgoing{};
      out.body = "endless";
      return State::message;
    }
    current_ = std::move(steps.front());
    steps.pop_front();
    if (const auto* error = std::get_if<Error>(&current_.what)) {
      throw Error(*error);
    }
    if (std::holds_alternative<Pause>(current_.what)) {
      bell_.ring(true);
      return State::wait;
    }
    out = std::get<Outgoing>(current_.what);
    out.body = current_.body;
    return State::message;
  }
  [[nodiscard]] int fd() const override { return bell_.fd(); }

  std::deque<Step> steps;
  bool endless = false;

 private:
  test::Bell bell_;
  Step current_;
};

class Publisher : public testing::Test {
 protected:
  PublishReport run() {
    auto report = publish_all(owner, source, plan, ctx.context);
    EXPECT_EQ(session.closes, session_is_gone(report) ? 0 : 1);
    if (plan.confirms) {
      EXPECT_EQ(report.sent, report.confirmed + report.returned + report.refused + report.in_doubt);
    }
    return report;
  }
  bool session_is_gone(const PublishReport& report) const {
    return report.error && std::string_view(report.error->what()) == session.closed.error.what();
  }
  std::string warnings_of_run() {
    testing::internal::CaptureStderr();
    run();
    return testing::internal::GetCapturedStderr();
  }

  FakeSession session;
  SessionOwner owner{test::borrow(session)};
  FakeSource source;
  PublishPlan plan;
  test::RunContext ctx;
};

}  // namespace mscomm
