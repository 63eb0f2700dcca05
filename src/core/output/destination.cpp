#include "core/output/destination.h"

#include <unistd.h>

#include <utility>

#include "core/runtime/environment.h"

namespace mscomm {

Destination::Destination(const std::optional<std::string>& file, const Environment& environment,
                         const StopSignal& stop, Replacing replacing)
    : is_stdout_(!file || *file == "-"),
      is_terminal_(is_stdout_ && environment.stdout_is_terminal),
      writer_(is_stdout_ ? Writer(STDOUT_FILENO, "stdout", stop) : open(*file, replacing, stop)) {}

Writer Destination::open(const std::string& path, Replacing replacing, const StopSignal& stop) {
  switch (replacing) {
    case Replacing::at_once:
      return {open_for_writing(path), path, stop};
    case Replacing::with_first_record:
      holds_old_ = true;
      return {open_for_replacing(path), path, stop};
    case Replacing::when_done:
      break;
  }
  file_.emplace(path);
  return {file_->fd(), path, stop};
}

void Destination::begin() noexcept {
  if (std::exchange(holds_old_, false)) {
    // Fails on a pipe or a device, which cannot be truncated.
    [[maybe_unused]] const int result = ftruncate(writer_.fd(), 0);
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
