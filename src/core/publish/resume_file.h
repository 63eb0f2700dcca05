#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/output/state_file.h"
#include "core/publish/input_digest.h"
#include "core/publish/resume_record.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// Where the messages of a run go. Another run goes on only where they go to the same place.
struct ResumeAim {
  std::string target;                ///< in words: "queue 'q'"
  std::vector<std::string> brokers;  ///< one in common is enough: they may be nodes of a cluster
};

/// The file of --resume-file: what earlier runs sent, and what this one does. A message may be sent
/// only after the file says so, and the file counts at most `window` messages of a run as sent and
/// not answered: after a kill at any moment no more than these are in doubt. Nothing counts as
/// confirmed before the input is known to be the one that earlier runs read.
class ResumeFile {
 public:
  /// Locks the file and writes it, so that a failure is known before anything is sent. Throws
  /// Error{usage} for a file of another process, of another aim, and for one that is no such file;
  /// Error{io} when it cannot be read or written.
  ResumeFile(std::string path, const ResumeAim& aim, std::size_t window, const Clock& clock);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t window() const noexcept { return window_; }
  /// What the file said at the beginning.
  [[nodiscard]] const ResumeRecord& earlier() const noexcept { return earlier_; }
  /// Of the messages read in this run.
  [[nodiscard]] InputDigest& digest() noexcept { return digest_; }

  /// Whether the input is known to begin with what earlier runs read.
  [[nodiscard]] bool is_verified() const noexcept { return verified_; }
  /// The input is compared with what earlier runs read. Call when digest() has counted as many
  /// messages. Throws Error{usage} for another input.
  void verify();
  /// The input ended. Throws Error{usage} when it is shorter than what earlier runs read.
  void note_end();

  /// Call before a message is sent, with numbers that rise. Throws Error{failed} for a new message
  /// after too many that failed between others, Error{io}.
  void reserve(std::uint64_t number);
  /// `outcome` is ok, failed for a message that the broker surely does not have, or in_doubt.
  void answered(std::uint64_t number, Exit outcome);
  /// Writes what was answered, at most ten times a second unless everything is answered. Throws
  /// Error{io}.
  void save_if_due();
  /// Writes the end of the run. Throws Error{io}.
  void finish();

  /// Messages of this input that earlier runs got confirmed.
  [[nodiscard]] std::uint64_t confirmed_before() const {
    return verified_ ? earlier_.confirmed.count() : 0;
  }
  /// Messages reserved that an earlier run may have sent, too.
  [[nodiscard]] std::uint64_t perhaps_twice() const noexcept { return perhaps_twice_; }

 private:
  void check(const ResumeAim& aim) const;
  [[noreturn]] void refuse_input(const std::string& why) const;
  void record(std::uint64_t number, Exit outcome);
  [[nodiscard]] std::uint64_t room() const { return window_ > open_ ? window_ - open_ : 0; }
  void restore_failed();
  void save();

  std::string path_;
  StateFile file_;
  std::uint64_t window_;
  const Clock& clock_;
  ResumeRecord earlier_;
  ResumeRecord record_;
  InputDigest digest_;
  std::vector<std::pair<std::uint64_t, Exit>> unverified_;  // answered before verify()
  std::uint64_t newest_ = 0;                                // the highest number of this run
  std::uint64_t newest_saved_ = 0;  // newest_ when the file was written last
  std::uint64_t ahead_ = 16;        // how many messages a write of the file reserves
  std::uint64_t open_ = 0;          // given to reserve() and not answered
  std::uint64_t perhaps_twice_ = 0;
  TimePoint saved_at_;
  bool verified_ = false;
  bool ended_ = false;    // the input
  bool changed_ = false;  // record_ since it was written
};

}  // namespace mscomm
