#include "core/output/destination.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/poll.h"

namespace mscomm {

namespace {

bool means_stdout(const std::optional<std::string>& file) {
  return !file || *file == "-" || *file == "/dev/stdout";
}

bool is_named_pipe(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode) &&
         !inherited_descriptor(path);
}

// open(2) without O_NONBLOCK would wait for a reader longer than any deadline, and nothing tells
// when there is one.
UniqueFd open_fifo(const std::string& path, const StopSignal& stop, const Deadline& until) {
  constexpr Milliseconds kPause{20};
  const SystemClock clock;
  const auto patience = until.min(Deadline(clock.now() + kReaderPatience));
  for (;;) {
    UniqueFd fifo(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (fifo) {
      return fifo;
    }
    if (errno != ENXIO) {
      throw_cannot_write(path);
    }
    if (patience.passed(clock.now())) {
      throw Error(Exit::timeout, fmt::format("timed out: nobody reads '{}'", path));
    }
    sleep_or_throw(patience.min(Deadline(clock.now() + kPause)), stop);
  }
}

}  // namespace

template <class Open>
Destination::Destination(const std::optional<std::string>& file, const Environment& environment,
                         const StopSignal& stop, const Deadline& until, const Open& open)
    : is_stdout_(means_stdout(file)),
      is_terminal_(is_stdout_ && environment.stdout_is_terminal),
      writer_(is_stdout_             ? Writer(STDOUT_FILENO, "stdout", stop)
              : is_named_pipe(*file) ? Writer(open_fifo(*file, stop, until), *file, stop)
                                     : open(*file)) {}

Destination::Destination(const std::optional<std::string>& file, const Environment& environment,
                         const StopSignal& stop, const Deadline& until, Replacing replacing)
    : Destination(file, environment, stop, until, [&](const std::string& path) {
        return replacing == Replacing::at_once ? Writer(open_for_writing(path), path, stop)
                                               : Writer(file_.emplace(path).fd(), path, stop);
      }) {}

Destination::Destination(const std::optional<std::string>& file, const Environment& environment,
                         const StopSignal& stop, const Deadline& until,
                         const RecordFile::Plan& plan)
    : Destination(file, environment, stop, until, [&](const std::string& path) {
        return Writer(records_.emplace(path, plan).fd(), path, stop);
      }) {}

void Destination::begin() {
  if (records_) {
    records_->begin();
  }
}

void Destination::commit() {
  if (file_) {
    file_->commit();
  }
}

void Destination::finish() {
  writer_.flush();
  commit();
}

}  // namespace mscomm
