#pragma once

#include <optional>
#include <string>

#include "core/output/output_file.h"
#include "core/output/writer.h"

namespace mscomm {

struct Environment;
class StopSignal;

/// When a file that is written takes the place of the one that is there.
enum class Replacing {
  when_done,          ///< as a whole, by commit(); see OutputFile
  at_once,            ///< it is emptied and then grows as the command writes
  with_first_record,  ///< it grows too, but what it holds stays until begin()
};

/// Where a command's output goes: stdout, or a file.
class Destination {
 public:
  /// No `file`, or `-`, is stdout. `stop` must outlive it. Throws Error{io}.
  Destination(const std::optional<std::string>& file, const Environment& environment,
              const StopSignal& stop, Replacing replacing = Replacing::when_done);

  [[nodiscard]] Writer& writer() noexcept { return writer_; }
  [[nodiscard]] bool is_stdout() const noexcept { return is_stdout_; }
  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }

  /// There is a first record: empties the file, with Replacing::with_first_record. The calls after
  /// the first do nothing.
  void begin() noexcept;

  /// Makes the file appear, with Replacing::when_done. Throws Error{io}.
  void commit();

  /// Writes what is in the writer's buffer, then commit(). Throws what they do.
  void finish();

 private:
  Writer open(const std::string& path, Replacing replacing, const StopSignal& stop);

  bool is_stdout_;
  bool is_terminal_;
  bool holds_old_ = false;          // what was there before
  std::optional<OutputFile> file_;  // with Replacing::when_done
  Writer writer_;
};

}  // namespace mscomm
