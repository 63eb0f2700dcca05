#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "core/runtime/environment.h"
#include "core/runtime/files.h"
#include "core/runtime/signals.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log_listener.h"

/// Runs `body` in a process of its own: a stop signal that came is remembered for good.
#define EXPECT_IN_CHILD(body)                                                  \
  EXPECT_EXIT(                                                                 \
      {                                                                        \
        body();                                                                \
        std::_Exit(testing::Test::HasFailure() ? EXIT_FAILURE : EXIT_SUCCESS); \
      },                                                                       \
      testing::ExitedWithCode(EXIT_SUCCESS), "")

namespace mscomm::test {

/// Everything that a Context refers to.
struct RunContext {
  Environment environment;
  Observer observer{make_log({})};
  SystemClock clock;
  StopSignal stop;
  Context context{environment, observer, clock, stop};

  void time_out_after(Duration duration) { context.deadline = Deadline(clock.now() + duration); }
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe2");
    }
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// An empty file that goes with its owner.
class TempFile {
 public:
  TempFile() : path_(std::filesystem::temp_directory_path() / "mscomm-test-XXXXXX") {
    fd_ = UniqueFd(mkstemp(path_.data()));
    if (!fd_) {
      throw std::runtime_error("mkstemp");
    }
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { unlink(path_.c_str()); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

}  // namespace mscomm::test
