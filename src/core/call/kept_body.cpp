#include "core/call/kept_body.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace mscomm {
namespace {

std::string in_units(std::uint64_t bytes) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  constexpr std::uint64_t kKiB = 1024;
  return bytes >= kMiB ? fmt::format("{} MiB", bytes / kMiB) : fmt::format("{} KiB", bytes / kKiB);
}

// Of an ordinary document libjq makes 27 times its size.
constexpr std::uint64_t kValuesPerByte = 32;

}  // namespace

BodyLimits BodyLimits::of(std::optional<std::uint64_t> max_size) {
  BodyLimits limits;
  if (max_size) {
    limits.is_default = false;
    const bool is_huge = *max_size == 0 || *max_size > kNone / kValuesPerByte;
    limits.bytes = is_huge ? kNone : *max_size;
    limits.memory = is_huge ? kNone : std::max(limits.memory, *max_size * kValuesPerByte);
  }
  return limits;
}

BodyTooLarge::BodyTooLarge(std::uint64_t limit)
    : Error(Exit::unreachable,
            fmt::format("the body is larger than what is kept in memory, {}", in_units(limit)),
            "--max-size SIZE keeps more, 0 any size; a body that is only printed, or saved with "
            "--out, needs no memory") {}

HttpFailure failure_of(const HttpExchange& exchange, const BodyTooLarge& error) {
  return {HttpFault::too_large, error.reason(),
          fmt::format("{}: {}", exchange.request.title(), error.what()), error.hint()};
}

BodyRoom::BodyRoom(std::int64_t bytes) : left_(bytes) {
  // Else the threshold grows with what is freed, and each thread's arena keeps what bodies had.
  constexpr int kLarge = 1 << 18;
  mallopt(M_MMAP_THRESHOLD, kLarge);
}

BodyRoom::Share::Share(BodyRoom& room, std::size_t index) : room_(room), index_(index) {}

BodyRoom::Share::~Share() { clear(); }

void BodyRoom::Share::take(std::size_t bytes) {
  {
    const std::lock_guard lock(room_.mutex_);
    taken_ += bytes;
    room_.left_ -= static_cast<std::int64_t>(bytes);
  }
  recheck();
}

void BodyRoom::Share::clear() {
  const std::lock_guard lock(room_.mutex_);
  room_.left_ += static_cast<std::int64_t>(std::exchange(taken_, 0));
  room_.waiting_.erase(this);
  waits_ = false;
  room_.wake();
}

int BodyRoom::Share::wait_on() const {
  const std::lock_guard lock(room_.mutex_);
  return waits_ ? signal_.get() : -1;
}

void BodyRoom::Share::recheck() {
  const std::lock_guard lock(room_.mutex_);
  waits_ = room_.left_ < 0 && index_ != room_.next_ && !room_.has_ended_;
  if (!waits_) {
    room_.waiting_.erase(this);
    return;
  }
  if (!signal_) {
    signal_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!signal_) {
      throw std::system_error(errno, std::generic_category(), "eventfd");
    }
  }
  if (room_.waiting_.insert(this).second) {
    // The largest count that an eventfd has: poll(2) does not call it writable then.
    eventfd_write(signal_.get(), static_cast<eventfd_t>(-2));
  }
}

void BodyRoom::answer_taken() {
  const std::lock_guard lock(mutex_);
  ++next_;
  wake();
}

void BodyRoom::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  wake();
}

void BodyRoom::wake() {
  for (auto* const share : waiting_) {
    eventfd_t count = 0;
    eventfd_read(share->signal_.get(), &count);
  }
  waiting_.clear();
}

void KeptBody::pass_on_to(BodySink& sink, const StatusSet& statuses) {
  overflow_ = &sink;
  overflowing_ = statuses;
}

void KeptBody::begin(const HttpResponse& response) {
  // Doubled from here on it ends at the limit, and is copied for a last time at half of it.
  constexpr std::size_t kFirst = std::size_t{1} << 16U;
  response_ = &response;
  bytes_.clear();
  bytes_.reserve(std::min<std::uint64_t>(kFirst, limit_));
  if (share_ != nullptr) {
    share_->clear();
  }
}

void KeptBody::body(std::string_view piece) {
  if (is_passed_on_) {
    overflow_->body(piece);
    return;
  }
  if (bytes_.size() + piece.size() <= limit_) {
    bytes_ += piece;
    if (share_ != nullptr) {
      share_->take(piece.size());
    }
    return;
  }
  if (overflow_ == nullptr || !overflowing_.contains(response_->status)) {
    std::string().swap(bytes_);
    throw BodyTooLarge(limit_);
  }
  is_passed_on_ = true;
  overflow_->begin(*response_);
  overflow_->body(std::exchange(bytes_, {}));
  overflow_->body(piece);
}

int KeptBody::blocked_on() const {
  if (is_passed_on_) {
    return overflow_->blocked_on();
  }
  return share_ == nullptr ? -1 : share_->wait_on();
}

void KeptBody::resume() {
  if (is_passed_on_) {
    overflow_->resume();
  } else if (share_ != nullptr) {
    share_->recheck();
  }
}

void KeptBody::explain(std::optional<HttpFailure>& failure) const {
  if (failure && failure->fault == HttpFault::timeout && share_ != nullptr &&
      share_->wait_on() >= 0) {
    failure->message += "; it waited for the answers before it, since they take all the memory";
    failure->hint = "a smaller -c keeps fewer bodies in memory";
  }
}

}  // namespace mscomm
