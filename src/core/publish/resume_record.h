#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/publish/number_set.h"

namespace mscomm {

/// What is known of the messages of an input that several runs publish, one after the other. A
/// message's number is its place in the input, from 1.
struct ResumeRecord {
  std::string target;                ///< where they go, in words
  std::vector<std::string> brokers;  ///< their addresses and virtual hosts
  std::string id_prefix;             ///< of the message ids
  std::uint64_t read = 0;            ///< how many messages of the input `sha256` covers
  std::string sha256;                ///< an InputDigest
  /// The highest number that may have been sent. What is up to there neither confirmed nor failed
  /// is in doubt.
  std::uint64_t sent_up_to = 0;
  NumberSet confirmed;
  NumberSet failed;       ///< refused or returned, so that the broker does not have them
  bool complete = false;  ///< the input ended, and everything is confirmed

  [[nodiscard]] bool is_in_doubt(std::uint64_t number) const {
    return number <= sent_up_to && !confirmed.contains(number) && !failed.contains(number);
  }

  bool operator==(const ResumeRecord&) const = default;
};

/// The record as one line of JSON.
std::string resume_record_text(const ResumeRecord& record);

/// Reads what resume_record_text() wrote. Throws Error{usage} that names `where` for any other
/// text, also for another version's.
ResumeRecord parse_resume_record(std::string_view text, std::string_view where);

}  // namespace mscomm
