#include "core/resilience/breaker_store.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/resilience/breaker_json.h"
#include "core/runtime/environment.h"
#include "core/telemetry/log.h"
#include "unit/error_matchers.h"
#include "unit/resilience/breaker_fixture.h"

namespace mscomm::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class BreakerStoreTest : public BreakerFixture {
 protected:
  void trip() const {
    store_.update(kKey, [](BreakerState& state) { trip_circuit(state, {}, {}); });
  }
  [[nodiscard]] std::string problem() const {
    return error_of([this] { trip(); });
  }
  [[nodiscard]] std::string content(const std::string& ending) const {
    return read_file(file(ending));
  }
  void replace_file(const std::string& ending, const std::string& content) const {
    std::ofstream(file(ending), std::ios::binary) << content;
  }
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

void make_old(const std::string& path) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 8));
}

TEST_F(BreakerStoreTest, KeepsWhatItIsGiven) {
  trip();
  EXPECT_EQ(stored().state, CircuitState::forced_open);
  EXPECT_EQ(parse_breaker_state(content(".cb")), stored());
}

TEST_F(BreakerStoreTest, IsForTheUserAlone) {
  const auto mask = umask(0);
  trip();
  umask(mask);
  EXPECT_EQ(mode_of(folder()), 0700U);
  EXPECT_EQ(mode_of(std::filesystem::path(folder()).parent_path()), 0700U);
  EXPECT_EQ(mode_of(file(".cb")), 0600U);
  EXPECT_EQ(mode_of(file(".lock")), 0600U);
  chmod(folder().c_str(), 0777);
  trip();
  EXPECT_EQ(mode_of(folder()), 0700U);
}

TEST_F(BreakerStoreTest, WritesNothingWhenNothingChanged) {
  store_.update(kKey, [](BreakerState&) {});
  EXPECT_FALSE(std::filesystem::exists(file(".cb")));
}

TEST_F(BreakerStoreTest, PutsAsideWhatItCannotRead) {
  trip();
  const auto good = content(".cb");
  for (const auto& bad : {std::string(), std::string("garbage"), good.substr(0, good.size() / 2),
                          std::string(100'000, 'x'), with_checksum(R"({"v":2})")}) {
    replace_file(".cb", bad);
    EXPECT_EQ(stored().state, CircuitState::closed);
    EXPECT_EQ(content(".bad"), bad);
    EXPECT_FALSE(std::filesystem::exists(file(".cb")));
  }
}

TEST_F(BreakerStoreTest, RefusesSymbolicLinks) {
  const auto target = temporary_.write("target", "mine");
  for (const auto* ending : {".cb", ".lock"}) {
    trip();
    std::filesystem::remove(file(ending));
    std::filesystem::create_symlink(target, file(ending));
    EXPECT_THAT(problem(), HasSubstr("it is a symbolic link")) << ending;
    std::filesystem::remove(file(ending));
  }
  EXPECT_EQ(read_file(target), "mine");
  std::filesystem::rename(folder(), folder() + ".moved");
  std::filesystem::create_directory_symlink(folder() + ".moved", folder());
  EXPECT_THAT(problem(), testing::StartsWith("io: cannot use '" + folder()));
}

TEST_F(BreakerStoreTest, ReplacesALinkAtTheNameOfItsUnfinishedFile) {
  trip();
  const auto target = temporary_.write("target", "mine");
  std::filesystem::create_symlink(target, file(".cb.tmp"));
  store_.update(kKey, [](BreakerState& state) { reset_circuit(state, {}); });
  EXPECT_EQ(read_file(target), "mine");
  EXPECT_EQ(stored().state, CircuitState::closed);
}

TEST_F(BreakerStoreTest, RefusesWhatIsNoFile) {
  trip();
  std::filesystem::remove(file(".cb"));
  ASSERT_EQ(mkfifo(file(".cb").c_str(), 0600), 0);
  EXPECT_THAT(problem(), HasSubstr("it is no regular file"));
  std::filesystem::remove(file(".cb"));
  std::filesystem::create_directory(file(".cb"));
  EXPECT_THAT(problem(), HasSubstr("it is no regular file"));
}

TEST_F(BreakerStoreTest, WarnsOnceOfWhatIsNoFile) {
  trip();
  for (const auto* ending : {".cb", ".lock", ".left"}) {
    const auto path = file(ending);
    std::filesystem::remove(path);
    std::filesystem::create_symlink(folder(), path);
    testing::internal::CaptureStderr();
    for (int i = 0; i < 3; ++i) {
      auto caller = breaker();
      caller.record(caller.acquire(), failed_call());
      Permit counted;
      counted.generation = 1;
      caller.record(counted, failed_call());
    }
    const auto warning = testing::internal::GetCapturedStderr();
    EXPECT_THAT(warning, HasSubstr("the circuit breaker stands aside, and calls are not counted: "
                                   "cannot use '" +
                                   path + "'"));
    EXPECT_EQ(std::ranges::count(warning, '\n'), 1) << warning;
    std::filesystem::remove(path);
  }
}

TEST_F(BreakerStoreTest, ReadsCallsThatWereLeftAndNothingElse) {
  FinishedCall call;
  call.permit.generation = 7;
  call.permit.probe = 5;
  call.report = {.outcome = CallOutcome::failure,
                 .latency = 1500ms,
                 .retry_after = 20s,
                 .error = "503",
                 .at = WallMilliseconds(99s)};
  const auto text = finished_call_text(call);
  for (const auto& torn :
       {std::string(), text.substr(0, text.size() / 2), text + "x", std::string("{}")}) {
    EXPECT_FALSE(parse_finished_call(torn)) << torn;
  }
  const auto read = parse_finished_call(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->permit.generation, 7U);
  EXPECT_EQ(read->permit.probe, 5U);
  EXPECT_EQ(read->report.outcome, CallOutcome::failure);
  EXPECT_EQ(read->report.latency, 1500ms);
  EXPECT_EQ(read->report.retry_after, 20s);
  EXPECT_EQ(read->report.error, "503");
  EXPECT_EQ(read->report.at, WallMilliseconds(99s));
}

TEST_F(BreakerStoreTest, RefusesFilesOfAnotherUser) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can give a file away";
  }
  trip();
  ASSERT_EQ(chown(file(".cb").c_str(), 65534, 65534), 0);
  EXPECT_THAT(problem(), HasSubstr("it belongs to another user"));
  ASSERT_EQ(chown(folder().c_str(), 65534, 65534), 0);
  EXPECT_THAT(problem(), HasSubstr("breaker': it belongs to another user"));
}

TEST_F(BreakerStoreTest, TakesTheNextNameWhenAnotherCircuitHasTheSame) {
  trip();
  BreakerState other;
  other.key = "another key of the same hash";
  other.generation = 5;
  replace_file(".cb", breaker_state_text(other));
  EXPECT_EQ(stored().state, CircuitState::closed);
  trip();
  EXPECT_EQ(stored().state, CircuitState::forced_open);
  EXPECT_TRUE(std::filesystem::exists(folder() + "/" + breaker_file_name(kKey, 1) + ".cb"));
  EXPECT_EQ(parse_breaker_state(content(".cb")), other);
  EXPECT_EQ(store_.all([](const Error&) {}).size(), 2U);
}

TEST_F(BreakerStoreTest, ListsWhatCanBeReadByKey) {
  for (const auto* key : {"zulu", "alpha", "http://mike:80"}) {
    store_.update(key, [](BreakerState& state) { trip_circuit(state, {}, {}); });
  }
  std::ofstream(folder() + "/broken-1.cb") << "garbage";
  std::filesystem::create_symlink(folder() + "/broken-1.cb", folder() + "/link-1.cb");
  std::vector<std::string> keys;
  for (const auto& state : store_.all([](const Error&) {})) {
    keys.push_back(state.key);
  }
  EXPECT_THAT(keys, testing::ElementsAre("alpha", "http://mike:80", "zulu"));
}

TEST_F(BreakerStoreTest, RemovesCircuitsThatWereNotUsedForAWeek) {
  for (const auto* key : {"old", "new", "locked"}) {
    store_.update(key, [](BreakerState& state) { reset_circuit(state, {}); });
  }
  trip();
  const auto path = [this](const char* key, const char* ending) {
    return folder() + "/" + breaker_file_name(key) + ending;
  };
  make_old(path("old", ".cb"));
  make_old(file(".cb"));
  store_.collect_garbage(SystemClock().wall());
  EXPECT_FALSE(std::filesystem::exists(path("old", ".cb")));
  EXPECT_TRUE(std::filesystem::exists(path("old", ".lock"))) << "another process may wait for it";
  EXPECT_TRUE(std::filesystem::exists(path("new", ".cb")));
  EXPECT_TRUE(std::filesystem::exists(file(".cb"))) << "open by hand, until it is reset";
  make_old(path("locked", ".cb"));
  const auto held = open_for_writing(path("locked", ".lock"));
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  EXPECT_THAT(error_of([this] { store_.collect_garbage(SystemClock().wall()); }),
              HasSubstr("another process holds it"));
  EXPECT_TRUE(std::filesystem::exists(path("locked", ".cb")));
}

TEST_F(BreakerStoreTest, NamesItsFilesReadably) {
  EXPECT_EQ(breaker_file_name("http://pay:8080"), "http-pay-8080-f8c9312a522f7013");
  EXPECT_EQ(breaker_file_name("http://pay:8080", 2), "http-pay-8080-f8c9312a522f7013-2");
  EXPECT_TRUE(breaker_file_name("../../etc/x").starts_with("etc-x-"));
  EXPECT_LE(breaker_file_name(std::string(300, 'x')).size(), 40U + 17U);
}

TEST_F(BreakerStoreTest, LooksForAFolderThatCanBeWritten) {
  Environment environment;
  EXPECT_FALSE(BreakerStore::open(environment, observer_).keeps_state());
  environment.variables["XDG_STATE_HOME"] = temporary_.write("file", "");
  environment.variables["XDG_RUNTIME_DIR"] = "";
  for (const auto* expected : {"forgets everything at the end of this command: cannot use '", ""}) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(BreakerStore::open(environment, observer_).keeps_state());
    const auto warning = testing::internal::GetCapturedStderr();
    EXPECT_THAT(warning, HasSubstr(expected));
    EXPECT_EQ(warning.empty(), *expected == '\0') << "once is enough: " << warning;
  }
  environment.variables["XDG_RUNTIME_DIR"] = temporary_.path();
  testing::internal::CaptureStderr();
  EXPECT_TRUE(BreakerStore::open(environment, observer_).keeps_state());
  EXPECT_TRUE(std::filesystem::exists(temporary_.path() + "/mscomm/breaker"));
  environment.variables["XDG_RUNTIME_DIR"] = "/proc";
  EXPECT_FALSE(BreakerStore::open(environment, observer_).keeps_state());
  const auto warning = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(warning, '\n'), 1) << warning;
}

}  // namespace
}  // namespace mscomm::test
