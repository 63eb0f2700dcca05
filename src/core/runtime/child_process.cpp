#include "core/runtime/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h>  // does not include it itself before glibc 2.37
}

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr int kRecordDescriptor = 3;
constexpr std::size_t kMostOutput = 128UL * 1024 * 1024;

[[noreturn]] void throw_cannot_start(int reason) {
  throw Error(Exit::io, fmt::format("cannot start a command: {}", std::strerror(reason)));
}

// A memory file with this content, positioned at its beginning.
UniqueFd memory_file(const char* name, std::string_view content) {
  UniqueFd file(memfd_create(name, MFD_CLOEXEC));
  if (!file) {
    throw_cannot_start(errno);
  }
  for (std::size_t written = 0; written < content.size();) {
    const auto rest = content.substr(written);
    // Unlike write(2), leaves the file position at the beginning.
    const auto count = pwrite(file.get(), rest.data(), rest.size(), static_cast<off_t>(written));
    if (count < 0 && errno != EINTR) {
      throw_cannot_start(errno);
    }
    written += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  return file;
}

// The file actions and attributes of posix_spawn(3).
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // mscomm ignores them, and a child would inherit that.
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // The child's descriptor has no close-on-exec, even when both numbers are equal (glibc 2.29).
  void give(int ours, int theirs) { posix_spawn_file_actions_adddup2(&actions_, ours, theirs); }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

pid_t spawn_shell(const ChildPlan& plan, const SpawnSettings& settings) {
  std::string shell = "sh";
  std::string option = "-c";
  std::string command = plan.command;
  std::array<char*, 4> arguments{shell.data(), option.data(), command.data(), nullptr};
  auto variables = plan.environment;
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (auto& variable : variables) {
    environment.push_back(variable.data());
  }
  environment.push_back(nullptr);
  pid_t pid = -1;
  const int failure = posix_spawn(&pid, "/bin/sh", settings.actions(), settings.attributes(),
                                  arguments.data(), environment.data());
  if (failure != 0) {
    throw_cannot_start(failure);
  }
  return pid;
}

}  // namespace

std::string ChildEnd::text() const {
  if (wrote_too_much) {
    return fmt::format("it wrote more than {} MiB", kMostOutput / 1024 / 1024);
  }
  if (killed_by == 0) {
    return fmt::format("exit status {}", status);
  }
  const char* name = sigabbrev_np(killed_by);
  return name != nullptr ? fmt::format("killed by SIG{}", name)
                         : fmt::format("killed by signal {}", killed_by);
}

ChildProcess::ChildProcess(const ChildPlan& plan) {
  const auto input = memory_file("input", plan.input);
  const auto record = memory_file("record", plan.record);
  std::array<int, 2> ends{-1, -1};
  if (plan.collect_output && pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_cannot_start(errno);
  }
  stdout_ = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  // All our descriptors are above 2, so no dup2 overwrites one that a later dup2 still needs.
  SpawnSettings settings;
  settings.give(input.get(), STDIN_FILENO);
  if (theirs) {
    fcntl(stdout_.get(), F_SETFL, O_NONBLOCK);
    settings.give(theirs.get(), STDOUT_FILENO);
  }
  settings.give(record.get(), kRecordDescriptor);
  pid_ = spawn_shell(plan, settings);
  process_ = UniqueFd(pidfd_open(pid_, 0));
  if (!process_) {
    const int reason = errno;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    throw_cannot_start(reason);
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      process_(std::move(other.process_)),
      stdout_(std::move(other.stdout_)),
      output_(std::move(other.output_)),
      wrote_too_much_(other.wrote_too_much_),
      end_(other.end_) {}

ChildProcess::~ChildProcess() {
  if (pid_ >= 0 && !end_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void ChildProcess::append_polled(std::vector<pollfd>& polled) const {
  polled.push_back({process_.get(), POLLIN, 0});
  if (stdout_) {
    polled.push_back({stdout_.get(), POLLIN, 0});
  }
}

void ChildProcess::read_output(bool ended) {
  // Bounds one call, so that a command that never stops writing cannot hold the caller; a pipe
  // holds less.
  constexpr int kMostReads = 16;
  std::array<char, 65536> chunk{};
  for (int reads = 0; stdout_ && reads < kMostReads; ++reads) {
    const auto got = read(stdout_.get(), chunk.data(), chunk.size());
    if (got > 0) {
      output_.append(chunk.data(), static_cast<std::size_t>(got));
      if (output_.size() > kMostOutput) {
        wrote_too_much_ = true;
        if (!ended) {
          send(SIGKILL);
        }
        stdout_.reset();
      }
    } else if (got == 0) {
      stdout_.reset();
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool ChildProcess::advance() {
  if (end_) {
    return true;
  }
  int status = 0;
  const auto waited = waitpid(pid_, &status, WNOHANG);
  // ECHILD: another waitpid() took the status, so it is unknown.
  const bool lost = waited < 0 && errno == ECHILD;
  const bool ended = waited == pid_ || lost;
  // After the command's end all its output is in the pipe. Later output of processes that it left
  // behind is not awaited.
  read_output(ended);
  if (ended) {
    end_ = wrote_too_much_       ? ChildEnd{EXIT_FAILURE, 0, true}
           : lost                ? ChildEnd{EXIT_FAILURE, 0}
           : WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)}
                                 : ChildEnd{WEXITSTATUS(status), 0};
  }
  return ended;
}

void ChildProcess::send(int signal_number) const noexcept {
  if (pid_ >= 0 && !end_) {
    kill(pid_, signal_number);
  }
}

}  // namespace mscomm
