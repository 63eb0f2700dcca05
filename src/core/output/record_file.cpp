#include "core/output/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/runtime/error.h"

namespace mscomm {

RecordFile::RecordFile(const std::string& path, const Plan& plan) : path_(path) {
  if (auto inherited = inherited_descriptor(path)) {
    file_ = *std::move(inherited);
    return;
  }
  file_ = open_for_adding(path);
  if (!S_ISREG(status().st_mode)) {
    return;
  }
  lock();
  const auto size = status().st_size;
  if (size == 0) {
    return;
  }
  switch (plan.old) {
    case OldRecords::refused:
      throw Error(Exit::usage, fmt::format("'{}' holds something already: nothing was taken", path),
                  "--append adds to its end, --force replaces it");
    case OldRecords::kept:
      check_end(size, plan.record_end);
      break;
    case OldRecords::replaced:
      holds_old_ = true;
      break;
  }
}

void RecordFile::begin() {
  if (std::exchange(holds_old_, false) && ftruncate(file_.get(), 0) != 0) {
    throw_cannot_write(path_);
  }
}

void RecordFile::lock() const {
  if (!lock_alone(file_.get())) {
    throw Error(Exit::usage, fmt::format("another process writes to '{}'", path_),
                "give each a file of its own");
  }
}

struct stat RecordFile::status() const {
  struct stat status {};
  if (fstat(file_.get(), &status) != 0) {
    throw_cannot_write(path_);
  }
  return status;
}

// A run that was killed may have left a part of its last record, to which the next one would be
// glued.
void RecordFile::check_end(std::int64_t size, const std::string& record_end) const {
  if (record_end.empty()) {
    return;
  }
  std::string end(record_end.size(), '\0');
  const auto begin = size - static_cast<std::int64_t>(end.size());
  const auto file = open_for_reading(path_);
  if (begin < 0 || pread(file.get(), end.data(), end.size(), begin) < 0 || end != record_end) {
    throw Error(
        Exit::usage, fmt::format("'{}' does not end where a record ends: nothing was taken", path_),
        "if a run was cut off there, take out what it left of the last record: that message was "
        "not acknowledged and comes again");
  }
}

}  // namespace mscomm
