#pragma once

#include <sys/stat.h>

#include <string>

#include "core/runtime/files.h"

namespace mscomm {

/// The file that a path names after its symbolic links, which need not exist yet.
std::string real_path(const std::string& path);

/// A file that appears complete or not at all: until commit() what was there stays as it was.
///
/// It is written beside its place under another name and renamed. A file that it replaces passes on
/// its owner and permissions; a symbolic link stays one. Where that cannot be done (the file has
/// several names, or its owner cannot be kept, or its folder is not writable), the output waits in
/// a temporary file and is copied over the old content; so it is where the file is a mount.
/// Devices, pipes and inherited descriptors such as /dev/fd/3 are written directly.
class OutputFile {
 public:
  /// Throws Error{io} when the file cannot be written, also where only its permissions forbid it.
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Without commit() the written bytes are discarded.
  ~OutputFile();

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// Whether the output waits for commit(); else it is written directly.
  [[nodiscard]] bool waits() const noexcept { return is_copied_ || !unfinished_.empty(); }

  /// Puts the file into place. Call it once, after the last byte is written. Throws Error{io}.
  void commit();

 private:
  void open_beside(const struct stat* before);
  bool create_unfinished(unsigned mode);  ///< on failure errno is set
  void discard_unfinished();
  void copy_into_place();

  std::string path_;
  std::string unfinished_;  ///< its name until commit(); empty when there is none
  bool is_copied_ = false;  ///< by commit()
  UniqueFd file_;
};

}  // namespace mscomm
