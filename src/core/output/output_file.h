#pragma once

#include <string>

#include "core/runtime/files.h"

namespace mscomm {

/// A file that appears whole or not at all: written beside its place under another name, and moved
/// there by commit(). What stood there keeps its permissions; a symbolic link keeps pointing. A
/// device or pipe is written to directly, and so is a file in a folder that takes no other.
class OutputFile {
 public:
  /// Throws Error{io} when the file cannot be written.
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Without commit() the bytes written are thrown away.
  ~OutputFile();

  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  /// Puts the file in its place. Throws Error{io}.
  void commit();

 private:
  void create_unfinished();  ///< leaves file_ empty, and errno, when that fails

  std::string path_;
  std::string unfinished_;  ///< its name until commit(); empty when there is none
  UniqueFd file_;
};

}  // namespace mscomm
