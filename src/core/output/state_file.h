#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/runtime/files.h"

namespace mscomm {

/// A file that one process keeps its state in: locked as long as this object lives, and replaced as
/// a whole. Its content outlives a killed process; it is not synchronised with the disk, so that a
/// power cut may bring back an older one, or an empty file.
class StateFile {
 public:
  /// Locks and reads the file, if there is one. Throws Error{usage} while another process holds it
  /// and for what is not a regular file or too large for a state, Error{io} when it cannot be used.
  explicit StateFile(const std::string& path);

  /// What the file had at the beginning; nothing when there was none.
  [[nodiscard]] const std::optional<std::string>& content() const noexcept { return content_; }

  /// Readers see either the old or the new content. The first call creates a missing file, and
  /// throws Error{usage} when another process did so meanwhile; later ones pass on its permissions
  /// and, where the process may do that, its owner. Throws Error{io}; then the old content stays.
  void replace(std::string_view content);

 private:
  [[nodiscard]] bool open_locked();
  void read();
  [[nodiscard]] bool take_over(int next) const;
  [[noreturn]] void fail(const char* verb, int reason) const;
  [[noreturn]] void refuse_second() const;

  std::string shown_;  // the path as it was given
  std::string path_;
  std::optional<std::string> content_;
  UniqueFd file_;  // the newest one, locked
};

}  // namespace mscomm
