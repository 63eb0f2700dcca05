#include <filesystem>

#include "core/publish/resume_file.h"
#include "core/publish/resumed_source.h"
#include "unit/error_matchers.h"
#include "unit/publish/publisher_fixture.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::StartsWith;

// Time passes whenever somebody looks.
class FastClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_ += 1s; }
  [[nodiscard]] WallTime wall() const override { return {}; }

 private:
  mutable TimePoint now_;
};

std::uint64_t in_doubt(const ResumeRecord& record) {
  return record.sent_up_to - record.confirmed.count() - record.failed.count();
}

class PublisherResume : public testing::Test {
 protected:
  // A run of its own over these bodies. `prepare` says how the broker answers.
  PublishReport run(const std::vector<std::string>& bodies,
                    const std::function<void(FakeSession&)>& prepare = {}) {
    FakeSession session;
    if (prepare) {
      prepare(session);
    }
    auto source = std::make_unique<FakeSource>();
    for (const auto& body : bodies) {
      source->add(body);
    }
    ResumeFile file(path, aim, plan.window, *clock);
    const auto rest = resumed(std::move(source), file);
    SessionOwner owner(test::borrow(session));
    auto report = publish_all(owner, *rest, plan, ctx.context, nullptr, &file);
    sent.clear();
    ids.clear();
    for (const auto& each : session.published) {
      sent.push_back(each.body);
      ids.push_back(*each.properties.message_id);
    }
    return report;
  }

  [[nodiscard]] ResumeRecord record() const { return parse_resume_record(read_file(path), path); }

  // As if the process had been killed: what the file said while the run was under way.
  PublishReport run_killed(const std::vector<std::string>& bodies, std::size_t confirmed) {
    std::string at_kill;
    auto report = run(bodies, [&](FakeSession& session) {
      session.answer = Answer::withhold;
      session.when_waited_for.emplace_back([&session, confirmed] {
        for (std::size_t i = 1; i <= confirmed; ++i) {
          session.confirm(i);
        }
      });
      session.when_waited_for.emplace_back([this, &at_kill, &session] {
        at_kill = read_file(path);
        session.push(session.closed);
      });
    });
    static_cast<void>(folder.write("resume", at_kill));
    return report;
  }

  test::TemporaryFolder folder;
  std::string path = folder.path() + "/resume";
  ResumeAim aim{"queue 'q'", {"a:5672"}};
  PublishPlan plan;
  test::RunContext ctx;
  FastClock fast_clock;
  const Clock* clock = &fast_clock;
  std::vector<std::string> sent;
  std::vector<std::string> ids;
};

TEST_F(PublisherResume, AFinishedRunLeavesNothingToSend) {
  EXPECT_EQ(run({"a", "b", "c"}).confirmed, 3U);
  EXPECT_TRUE(record().complete);
  EXPECT_EQ(in_doubt(record()), 0U);
  const auto report = run({"a", "b", "c"});
  EXPECT_THAT(sent, ElementsAre());
  EXPECT_EQ(report.confirmed_before, 3U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
}

TEST_F(PublisherResume, AnInputThatGrewGoesOnWithWhatIsNew) {
  run({"a", "b"});
  const auto first_ids = ids;
  const auto report = run({"a", "b", "c", "d"});
  EXPECT_THAT(sent, ElementsAre("c", "d"));
  EXPECT_EQ(report.perhaps_twice, 0U);
  EXPECT_EQ(ids[0], first_ids[1].substr(0, first_ids[1].find('-')) + "-3");
}

TEST_F(PublisherResume, WhatFailedIsSentAgain) {
  run({"a", "b", "c", "d"}, [](FakeSession& session) {
    session.answer_to = [](const auto& message) {
      return message.body == "b"   ? Answer::send_back
             : message.body == "c" ? Answer::refuse
                                   : Answer::confirm;
    };
  });
  EXPECT_EQ(record().failed.count(), 2U);
  EXPECT_FALSE(record().complete);
  const auto first_ids = ids;
  const auto report = run({"a", "b", "c", "d"});
  EXPECT_THAT(sent, ElementsAre("b", "c"));
  EXPECT_THAT(ids, ElementsAre(first_ids[1], first_ids[2]));
  EXPECT_EQ(report.perhaps_twice, 0U);
  EXPECT_TRUE(record().complete);
}

TEST_F(PublisherResume, WhatWasUnansweredIsSentAgainWithItsId) {
  run_killed({"a", "b", "c", "d"}, 2);
  const auto first_ids = ids;
  const auto report = run({"a", "b", "c", "d"});
  EXPECT_THAT(sent, ElementsAre("c", "d"));
  EXPECT_THAT(ids, ElementsAre(first_ids[2], first_ids[3]));
  EXPECT_GE(report.perhaps_twice, 2U);
}

TEST_F(PublisherResume, ALostConnectionLeavesItsMessagesInDoubt) {
  run({"a", "b", "c"}, [](FakeSession& session) {
    session.answer_to = [](const auto& message) {
      return message.body == "b" ? Answer::withhold : Answer::confirm;
    };
    session.close_after = 3;
  });
  EXPECT_EQ(in_doubt(record()), 1U);
  const auto report = run({"a", "b", "c"});
  EXPECT_THAT(sent, ElementsAre("b"));
  EXPECT_EQ(report.perhaps_twice, 1U);
}

// The broker does not have it.
TEST_F(PublisherResume, WhatIsHalfSentWhenItIsInterruptedIsNotInDoubt) {
  EXPECT_IN_CHILD(([&] {
    const std::string large(1'000'000, 'x');
    const auto cut = run({"a", large}, [](FakeSession& session) {
      session.answer_to = [&session](const auto&) {
        session.stalled = true;
        return Answer::confirm;
      };
      session.when_waited_for.emplace_back([] { raise(SIGTERM); });
    });
    EXPECT_TRUE(cut.interrupted);
    EXPECT_EQ(cut.sent, 1U);
    EXPECT_EQ(in_doubt(record()), 0U);
    EXPECT_EQ(record().confirmed.count(), 1U);
    const auto report = run({"a", large});
    EXPECT_THAT(sent, ElementsAre(large));
    EXPECT_EQ(report.perhaps_twice, 0U);
  }));
}

TEST_F(PublisherResume, NoMoreThanTheWindowIsEverInDoubt) {
  plan.window = 4;
  std::uint64_t most = 0;
  run(std::vector<std::string>(200, "x"), [&](FakeSession& session) {
    session.on_publish = [&] { most = std::max(most, in_doubt(record())); };
  });
  EXPECT_LE(most, 4U);
  EXPECT_GE(most, 1U);
}

TEST_F(PublisherResume, AMessageIsReservedBeforeItIsSent) {
  plan.window = 3;
  std::uint64_t number = 0;
  run({"a", "b", "c", "d", "e", "f", "g"}, [&](FakeSession& session) {
    session.on_publish = [&] { EXPECT_TRUE(record().is_in_doubt(++number)) << number; };
  });
  EXPECT_EQ(number, 7U);
}

TEST_F(PublisherResume, WhatFailedIsReservedBeforeItIsSentAgain) {
  plan.window = 2;
  std::vector<std::string> bodies{"a", "b", "c", "d", "e", "f"};
  run(bodies, [](FakeSession& session) { session.answer = Answer::refuse; });
  EXPECT_EQ(record().failed.count(), 6U);
  std::uint64_t number = 0;
  run(bodies, [&](FakeSession& session) {
    session.on_publish = [&] {
      EXPECT_TRUE(record().is_in_doubt(++number)) << number;
      EXPECT_LE(in_doubt(record()), 2U);
    };
  });
  EXPECT_EQ(number, 6U);
}

TEST_F(PublisherResume, AnotherInputIsRefusedBeforeAnythingIsSent) {
  run_killed({"a", "b", "c"}, 1);
  const auto before = read_file(path);
  for (const auto& bodies : std::vector<std::vector<std::string>>{
           {"a", "b", "x", "d"}, {"x", "b", "c"}, {"a", "b"}, {}, {"ab", "", "c"}}) {
    const auto report = run(bodies);
    EXPECT_THAT(sent, ElementsAre());
    ASSERT_TRUE(report.error);
    EXPECT_THAT(report.error->what(), StartsWith("the input is not the one"));
    EXPECT_EQ(report.exit(plan), Exit::usage);
    EXPECT_EQ(read_file(path), before);
  }
  run({"a", "b", "c"});
  EXPECT_THAT(sent, ElementsAre("b", "c"));
}

// More was to be sent again than is kept in memory, so that some went out before the end of what
// was read before: it does not count.
TEST_F(PublisherResume, AnotherInputThatIsNoticedLateConfirmsNothing) {
  plan.window = 10;
  std::vector<std::string> bodies(30, std::string(1U << 20U, 'x'));
  run(bodies, [](FakeSession& session) { session.answer = Answer::refuse; });
  auto others = bodies;
  others.back() = "other";
  const auto report = run(others);
  EXPECT_GE(sent.size(), 1U);
  EXPECT_LE(sent.size(), 29U);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.exit(plan), Exit::partial);
  EXPECT_EQ(record().confirmed.count(), 0U);
  EXPECT_EQ(run(bodies).confirmed, 30U);
  EXPECT_TRUE(record().complete);
}

TEST_F(PublisherResume, AFileOfAnotherAimIsRefused) {
  run({"a"});
  aim.target = "queue 'other'";
  EXPECT_THAT(error_of([&] { run({"a"}); }), StartsWith("usage: "));
  aim.target = "queue 'q'";
  aim.brokers = {"b:5672"};
  EXPECT_THAT(error_of([&] { run({"a"}); }), StartsWith("usage: "));
  aim.brokers = {"b:5672", "a:5672"};
  EXPECT_EQ(run({"a"}).confirmed_before, 1U);
}

TEST_F(PublisherResume, AsLongAsNothingWasSentTheAimMayChange) {
  run({});
  aim.target = "queue 'other'";
  EXPECT_EQ(run({"a"}).confirmed, 1U);
}

// Ctrl-C reaches a whole pipeline: its writer may have died within a message.
TEST_F(PublisherResume, HalfAMessageIsNotTakenForTheInput) {
  EXPECT_IN_CHILD(([this] {
    FakeSession session;
    session.on_publish = [] { raise(SIGINT); };
    Outgoing half;
    half.unterminated = true;
    auto source = std::make_unique<FakeSource>();
    source->add("one").add("tw", half);
    {
      ResumeFile file(path, aim, plan.window, *clock);
      const auto rest = resumed(std::move(source), file);
      SessionOwner owner(test::borrow(session));
      EXPECT_TRUE(publish_all(owner, *rest, plan, ctx.context, nullptr, &file).interrupted);
    }
    EXPECT_EQ(record().read, 1U);
  }));
  run({"one", "two"});
  EXPECT_THAT(sent, ElementsAre("two"));
}

TEST_F(PublisherResume, AFileThatCannotBeWrittenAnyMoreEndsTheRun) {
  plan.window = 2;
  const auto report = run({"a", "b", "c", "d", "e", "f"}, [this](FakeSession& session) {
    session.on_publish = [this] {
      // What cannot be removed stands in the way.
      std::filesystem::create_directory(folder.path() + "/.resume.part");
    };
  });
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.exit(plan), Exit::io);
  EXPECT_EQ(report.confirmed, report.sent);
  EXPECT_LT(report.sent, 6U);
  std::filesystem::remove(folder.path() + "/.resume.part");
  EXPECT_EQ(run({"a", "b", "c", "d", "e", "f"}).exit(plan), Exit::ok);
}

TEST_F(PublisherResume, WhatFailedAndWasOnlyReservedHasStillFailed) {
  plan.window = 10;
  const std::vector<std::string> bodies(30, "x");
  run(bodies, [](FakeSession& session) { session.answer = Answer::refuse; });
  EXPECT_IN_CHILD(([&] {
    plan.rate = 1.0 / 3600;
    const auto report =
        run(bodies, [](FakeSession& session) { session.on_publish = [] { raise(SIGINT); }; });
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.confirmed, 1U);
    EXPECT_EQ(record().failed.count(), 29U);
  }));
  EXPECT_EQ(run(bodies).perhaps_twice, 0U);
  EXPECT_TRUE(record().complete);
}

// Of two runs the second sends again what failed, and what is new only if it went better.
TEST_F(PublisherResume, TooManyScatteredFailuresEndTheRunUntilTheirCauseIsMended) {
  clock = &ctx.clock;
  const std::vector<std::string> bodies(30'000, "x");
  const auto refuses_every_other = [](FakeSession& session) {
    session.answer_to = [](const auto& message) {
      const auto id = *message.properties.message_id;
      const auto number = std::stoul(id.substr(id.find('-') + 1));
      return number % 2 == 0 ? Answer::refuse : Answer::confirm;
    };
  };
  auto report = run(bodies, refuses_every_other);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.exit(plan), Exit::partial);
  EXPECT_LT(report.sent, 30'000U);
  EXPECT_EQ(report.sent, report.confirmed + report.refused);
  const auto refused = report.refused;
  report = run(bodies, refuses_every_other);
  ASSERT_TRUE(report.error);
  EXPECT_GE(report.sent, refused);
  EXPECT_LE(report.sent, refused + plan.window);
  report = run(bodies);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.perhaps_twice, 0U);
  EXPECT_TRUE(record().complete);
}

}  // namespace
}  // namespace mscomm
