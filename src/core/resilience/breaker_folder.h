#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "core/runtime/clock.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"

namespace mscomm {

/// The folder of the circuits' files, opened and checked: its files are found even if it is moved.
/// Only files that the user owns are used, and symbolic links are not followed. All functions throw
/// Error{io}.
class BreakerFolder {
 public:
  /// Creates the folder if there is none.
  explicit BreakerFolder(const std::string& path);

  /// Locks NAME.lock until the result is closed; nothing when another process holds it.
  [[nodiscard]] UniqueFd try_lock(const std::string& name) const;
  /// As try_lock(), and waits for it until the deadline.
  [[nodiscard]] UniqueFd lock(const std::string& name, const Deadline& deadline) const;

  /// Nothing when the file does not exist; an empty text when it is too large to be a state.
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const;
  /// Readers see either the old or the new content. Not synchronised with the disk: after a power
  /// cut the last results may be lost, which is harmless.
  void write(const std::string& name, const std::string& content) const;
  void rename(const std::string& from, const std::string& to) const;
  void remove(const std::string& name) const;

  /// Leaves a text in the folder NAME for the next take(), without a lock or a wait: each text is a
  /// symbolic link of its own, which comes into being with its target, the text. At most 4095
  /// bytes.
  void leave(const std::string& name, const std::string& text) const;
  /// The texts in the folder NAME, in the order in which they were left.
  [[nodiscard]] std::vector<std::string> look(const std::string& name) const;
  /// As look(), and removes them. Nothing is lost of what others leave meanwhile.
  [[nodiscard]] std::vector<std::string> take(const std::string& name) const;

  /// Whether there is a file or folder of that name.
  [[nodiscard]] bool has(const std::string& name) const;
  /// Whether the file was last written more than a week ago.
  [[nodiscard]] bool is_unused(const std::string& name, WallTime now) const;
  /// The names with this ending, without the ending.
  [[nodiscard]] std::vector<std::string> names(const std::string& ending) const;

 private:
  [[nodiscard]] UniqueFd open(const std::string& name, int flags, mode_t kind = S_IFREG) const;
  [[nodiscard]] UniqueFd open_folder(const std::string& name) const;
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  UniqueFd fd_;
};

}  // namespace mscomm
