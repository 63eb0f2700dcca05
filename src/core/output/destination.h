#pragma once

#include <optional>
#include <string>

#include "core/output/output_file.h"
#include "core/output/record_file.h"
#include "core/output/writer.h"
#include "core/runtime/clock.h"

namespace mscomm {

struct Environment;
class StopSignal;

/// How long a named pipe may be without a reader.
inline constexpr Duration kReaderPatience = std::chrono::minutes(1);

/// When the output replaces the old content of its file.
enum class Replacing {
  when_done,  ///< all at once, by commit(); see OutputFile
  at_once,    ///< emptied first, then grows as the command writes
};

/// The destination of a command's output: stdout, or a file.
class Destination {
 public:
  /// No `file`, `-` and /dev/stdout are stdout. A named pipe is opened when it has a reader, for
  /// which kReaderPatience and `until` are the limits. `stop` must outlive it. Throws Error{io},
  /// Error{timeout} and, while there is no reader, Interrupted.
  Destination(const std::optional<std::string>& file, const Environment& environment,
              const StopSignal& stop, const Deadline& until,
              Replacing replacing = Replacing::when_done);
  /// For records that cannot be had a second time. Throws as RecordFile.
  Destination(const std::optional<std::string>& file, const Environment& environment,
              const StopSignal& stop, const Deadline& until, const RecordFile::Plan& plan);

  [[nodiscard]] Writer& writer() noexcept { return writer_; }
  [[nodiscard]] bool is_stdout() const noexcept { return is_stdout_; }
  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }
  /// Whether it is a file that stays as it is until commit().
  [[nodiscard]] bool waits_for_commit() const noexcept { return file_ && file_->waits(); }

  /// Call before the first record that cannot be had a second time; see RecordFile::begin().
  void begin();

  /// Renames the file into place, with Replacing::when_done. Throws Error{io}.
  void commit();

  /// Writes the writer's buffer, then commit(). Throws what flush() and commit() throw.
  void finish();

 private:
  // `open` makes the writer where it is neither stdout nor a named pipe.
  template <class Open>
  Destination(const std::optional<std::string>& file, const Environment& environment,
              const StopSignal& stop, const Deadline& until, const Open& open);

  bool is_stdout_;
  bool is_terminal_;
  std::optional<OutputFile> file_;     // with Replacing::when_done
  std::optional<RecordFile> records_;  // with a RecordFile::Plan
  Writer writer_;
};

}  // namespace mscomm
