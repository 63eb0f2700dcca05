#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

class StopSignal;

/// The most bytes that are read of an input, so that an endless one ends.
struct InputLimit {
  std::size_t file;  ///< a regular file, whose size is known
  std::size_t pipe;  ///< anything else: a pipe, a terminal, a device
};

inline constexpr InputLimit kSecretLimit{std::size_t{1} << 20U, std::size_t{1} << 20U};
/// Of a description, a schema, a configuration, a certificate.
inline constexpr InputLimit kDocumentLimit{std::size_t{64} << 20U, std::size_t{64} << 20U};
/// Of a body that is kept in memory.
inline constexpr InputLimit kBodyLimit{std::size_t{1} << 30U, std::size_t{128} << 20U};

/// How long a file that an option names may be silent when it is no regular file.
inline constexpr Duration kInputSilence = std::chrono::minutes(1);

/// Until when a file is read.
struct Patience {
  Deadline deadline;       ///< of the command
  const StopSignal& stop;  ///< ends it at once
};

/// The content of a file that an option names; a pipe counts as one. Opening a pipe that nobody
/// writes to does not block, and reading ends at the limit, at the deadline, at a stop signal, and
/// when nothing comes for kInputSilence.
///
/// Throws Error{io} when the file cannot be read, Error{usage} when it is larger than the limit,
/// Error{timeout}, and Interrupted.
std::string read_input(const std::string& path, const InputLimit& limit, const Patience& patience);

/// The same of standard input, which may be silent for as long as the command may take.
std::string read_stdin(const InputLimit& limit, const Patience& patience);

/// The Error{timeout} of an input that gave nothing for kInputSilence.
Error silent_input(const std::string& name);

/// A secret in a file: its first line, without the line end. Throws as read_input(), and
/// Error{usage} when the line is empty, or the file is readable by others.
std::string read_secret(const std::string& path, const Patience& patience);

/// A name under which a library can open the file, which would wait for a pipe without end: `path`,
/// or for what is no regular file the name of a copy in memory, which stays as long as the process.
/// Throws as read_input().
std::string name_for_library(const std::string& path, const Patience& patience);

/// read_input() with kDocumentLimit, for those who read on demand. `patience.stop` must outlive it.
std::function<std::string(const std::string& path)> document_reader(const Patience& patience);

}  // namespace mscomm
