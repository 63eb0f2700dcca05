#pragma once

#include <memory>

#include "commands/options/output_options.h"
#include "core/output/output_file.h"
#include "core/output/writer.h"

namespace mscomm {

struct Context;

/// Where a command's output goes: stdout, or a file that appears when all is done.
class Destination {
 public:
  /// Throws Error{io}.
  Destination(const OutputOptions& options, const Context& context);

  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// Makes the file appear.
  void commit();

 private:
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<Writer> writer_;
  bool is_terminal_ = false;
};

}  // namespace mscomm
