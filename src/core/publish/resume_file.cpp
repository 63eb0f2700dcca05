#include "core/publish/resume_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/publish/compose.h"

namespace mscomm {
namespace {

constexpr Duration kSaveEvery = std::chrono::milliseconds(100);

// Each is a few bytes of a file that is written many times a second.
constexpr std::size_t kMostFailedRanges = 10'000;

}  // namespace

ResumeFile::ResumeFile(std::string path, const ResumeAim& aim, std::size_t window,
                       const Clock& clock)
    : path_(std::move(path)), file_(path_), window_(window), clock_(clock) {
  if (file_.content()) {
    earlier_ = parse_resume_record(*file_.content(), fmt::format("'{}'", path_));
  }
  // As long as nothing was sent, a mistake in the target or the input may be mended.
  if (earlier_.sent_up_to == 0) {
    earlier_ = ResumeRecord{};
    earlier_.target = aim.target;
    earlier_.id_prefix = random_id_prefix();
    earlier_.sha256 = digest_.hex();
  } else {
    check(aim);
  }
  verified_ = earlier_.read == 0;
  record_ = earlier_;
  record_.brokers = aim.brokers;
  save();
}

void ResumeFile::check(const ResumeAim& aim) const {
  if (earlier_.target != aim.target) {
    throw Error(Exit::usage,
                fmt::format("'{}' belongs to messages for {}, and these are for {}", path_,
                            earlier_.target, aim.target),
                "give another --resume-file, or remove it to begin anew");
  }
  const bool same_broker = std::ranges::any_of(aim.brokers, [this](const auto& broker) {
    return std::ranges::find(earlier_.brokers, broker) != earlier_.brokers.end();
  });
  if (!same_broker) {
    throw Error(Exit::usage,
                fmt::format("'{}' belongs to messages for the broker {}, and these are for {}",
                            path_, fmt::join(earlier_.brokers, ", "), fmt::join(aim.brokers, ", ")),
                "if it is the same under another address, put that into \"brokers\" of the file; "
                "else give another --resume-file");
  }
}

void ResumeFile::refuse_input(const std::string& why) const {
  throw Error(Exit::usage,
              fmt::format("the input is not the one that '{}' belongs to: {}", path_, why),
              "give another --resume-file, or remove it to begin anew");
}

void ResumeFile::verify() {
  if (digest_.hex() != earlier_.sha256) {
    refuse_input(earlier_.read == 1 ? "its first message differs"
                                    : fmt::format("its first {} messages differ", earlier_.read));
  }
  verified_ = true;
  for (const auto& [number, outcome] : unverified_) {
    record(number, outcome);
  }
  unverified_.clear();
}

void ResumeFile::note_end() {
  if (!verified_) {
    refuse_input(fmt::format("it ended after {} of the {} messages that were read before",
                             digest_.count(), earlier_.read));
  }
  ended_ = true;
}

// Each reservation is a write of the file for many messages: for as many as are sent until the next
// write, which is learned, and as the window has room for.
void ResumeFile::reserve(std::uint64_t number) {
  // What earlier runs may have sent adds no more of them than the window has room for.
  if (number > earlier_.sent_up_to && record_.failed.ranges().size() > kMostFailedRanges) {
    throw Error(Exit::failed,
                fmt::format("more than {} messages between others failed: the rest is not sent",
                            kMostFailedRanges),
                "mend the cause and run it again: what failed is sent again, and the rest");
  }
  const auto most = std::max<std::uint64_t>(1, room());
  record_.complete = false;
  if (number > record_.sent_up_to) {
    ahead_ = clock_.now() - saved_at_ < kSaveEvery ? std::min(2 * ahead_, window_) : ahead_;
    record_.sent_up_to = number - 1 + std::min(ahead_, most);
    save();
  } else if (record_.failed.contains(number)) {
    record_.failed.take_from(number, most);
    save();
  }
  perhaps_twice_ += earlier_.is_in_doubt(number) ? 1U : 0U;
  newest_ = number;
  ++open_;
}

void ResumeFile::answered(std::uint64_t number, Exit outcome) {
  --open_;
  if (verified_) {
    record(number, outcome);
  } else {
    unverified_.emplace_back(number, outcome);
  }
}

void ResumeFile::record(std::uint64_t number, Exit outcome) {
  changed_ = true;
  if (outcome == Exit::ok) {
    record_.confirmed.add(number);
  } else if (outcome == Exit::failed) {
    record_.failed.add(number);
  }
}

void ResumeFile::save_if_due() {
  if (!changed_ || (open_ > 0 && clock_.now() - saved_at_ < kSaveEvery)) {
    return;
  }
  if (newest_ >= earlier_.sent_up_to) {
    ahead_ = std::clamp<std::uint64_t>(newest_ - newest_saved_, 1, window_);
    record_.sent_up_to = newest_ + std::min(ahead_, room());
  }
  save();
}

void ResumeFile::finish() {
  const auto before = record_;
  restore_failed();
  if (ended_) {
    record_.sent_up_to = digest_.count();
    record_.complete = record_.confirmed.count() == digest_.count();
  } else if (record_.sent_up_to > earlier_.sent_up_to) {
    record_.sent_up_to = std::max(newest_, earlier_.sent_up_to);  // not what is only reserved
  }
  if (changed_ || record_ != before) {
    save();
  }
}

// What was only reserved to be sent again has failed as before.
void ResumeFile::restore_failed() {
  record_.failed.take_from(newest_ + 1, record_.failed.count());
  for (const auto& [first, last] : earlier_.failed.ranges()) {
    if (last > newest_) {
      record_.failed.add(std::max(first, newest_ + 1), last);
    }
  }
}

void ResumeFile::save() {
  // Half a message may be whole in the next run.
  const bool without_last = digest_.is_last_half() && newest_ < digest_.count();
  const auto read = digest_.count() - (without_last ? 1U : 0U);
  if (read > record_.read) {
    record_.read = read;
    record_.sha256 = without_last ? digest_.hex_before_last() : digest_.hex();
  }
  changed_ = true;  // until it is written
  file_.replace(resume_record_text(record_));
  changed_ = false;
  saved_at_ = clock_.now();
  newest_saved_ = newest_;
}

}  // namespace mscomm
