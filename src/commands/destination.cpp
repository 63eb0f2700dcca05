#include "commands/destination.h"

#include <unistd.h>

#include "core/runtime/environment.h"
#include "core/telemetry/context.h"

namespace mscomm {

Destination::Destination(const OutputOptions& options, const Context& context) {
  if (options.file && *options.file != "-") {
    file_ = std::make_unique<OutputFile>(*options.file);
    writer_ = std::make_unique<Writer>(file_->fd(), *options.file, context.stop);
  } else {
    writer_ = std::make_unique<Writer>(STDOUT_FILENO, "stdout", context.stop);
    is_terminal_ = context.environment.stdout_is_terminal;
  }
}

void Destination::commit() {
  if (file_) {
    file_->commit();
  }
}

}  // namespace mscomm
