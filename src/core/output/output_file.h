#pragma once

#include <string>

#include "core/runtime/files.h"

namespace mscomm {

/// A file that appears complete or not at all: written beside its place under another name, and
/// renamed by commit(). A file that it replaces passes on its permissions; a symbolic link stays
/// one. A device, a pipe and a file in a folder that is not writable are written directly.
class OutputFile {
 public:
  /// Throws Error{io} when the file cannot be written.
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Without commit() the written bytes are discarded.
  ~OutputFile();

  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  /// Renames the file into place. Throws Error{io}.
  void commit();

 private:
  void create_unfinished();  ///< on failure file_ is empty and errno set

  std::string path_;
  std::string unfinished_;  ///< its name until commit(); empty when there is none
  UniqueFd file_;
};

}  // namespace mscomm
