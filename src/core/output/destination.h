#pragma once

#include <optional>
#include <string>

#include "core/output/output_file.h"
#include "core/output/writer.h"

namespace mscomm {

struct Environment;
class StopSignal;

/// When the output replaces the old content of its file.
enum class Replacing {
  when_done,          ///< all at once, by commit(); see OutputFile
  at_once,            ///< emptied first, then grows as the command writes
  with_first_record,  ///< as at_once, but the old content stays until begin()
};

/// The destination of a command's output: stdout, or a file.
class Destination {
 public:
  /// No `file`, or `-`, is stdout. `stop` must outlive it. Throws Error{io}.
  Destination(const std::optional<std::string>& file, const Environment& environment,
              const StopSignal& stop, Replacing replacing = Replacing::when_done);

  [[nodiscard]] Writer& writer() noexcept { return writer_; }
  [[nodiscard]] bool is_stdout() const noexcept { return is_stdout_; }
  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }

  /// Call at the first record: empties the file, with Replacing::with_first_record. Later calls do
  /// nothing.
  void begin() noexcept;

  /// Renames the file into place, with Replacing::when_done. Throws Error{io}.
  void commit();

  /// Writes the writer's buffer, then commit(). Throws what flush() and commit() throw.
  void finish();

 private:
  Writer open(const std::string& path, Replacing replacing, const StopSignal& stop);

  bool is_stdout_;
  bool is_terminal_;
  bool holds_old_ = false;          // with_first_record, before begin()
  std::optional<OutputFile> file_;  // with Replacing::when_done
  Writer writer_;
};

}  // namespace mscomm
