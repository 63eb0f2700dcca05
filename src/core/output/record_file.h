#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "core/runtime/files.h"

namespace mscomm {

/// What becomes of that which a file already holds.
enum class OldRecords {
  refused,   ///< nothing is written to a file that holds something
  kept,      ///< new records are added to the end
  replaced,  ///< by begin()
};

/// A file for records that cannot be had a second time, such as messages, which are acknowledged
/// once they are written. So it grows as they come, in whole writes at its end, and what it holds
/// already is lost only where that was asked for. What is no regular file is just written.
class RecordFile {
 public:
  struct Plan {
    OldRecords old = OldRecords::refused;
    /// What ends each record; empty where that is not known.
    std::string record_end = {};
  };

  /// Opens the file, or makes it. Throws Error{usage} where it holds something that must stay,
  /// where it does not end with a whole record to which others could be added, and while another
  /// process writes to it; Error{io} when it cannot be written.
  RecordFile(const std::string& path, const Plan& plan);

  /// Empties the file, with OldRecords::replaced. Later calls do nothing. Throws Error{io}.
  void begin();

  [[nodiscard]] int fd() const noexcept { return file_.get(); }

 private:
  void lock() const;
  [[nodiscard]] struct stat status() const;
  void check_end(std::int64_t size, const std::string& record_end) const;

  std::string path_;
  UniqueFd file_;
  bool holds_old_ = false;  // until begin()
};

}  // namespace mscomm
