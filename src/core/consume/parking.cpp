#include "core/consume/parking.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/message/dead_letter.h"

namespace mscomm {
namespace {

// What a shell adds to the number of the signal that ended a command (POSIX, 2.8.2).
constexpr int kSignalStatus = 128;

FieldValue timestamp(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return {FieldKind::timestamp, static_cast<std::uint64_t>(seconds)};
}

}  // namespace

Parking::Parking(SessionOwner& session, std::string queue, const Context& context)
    : queue_(std::move(queue)), context_(context), copier_(session, plan_, context) {}

void Parking::park(MessageJob job, const ChildEnd& end) {
  messages_[job.delivery_tag] = fmt::format("{}: the command failed: {}", job.name(), end.text());
  unsent_.push_back({std::move(job), end});
}

Properties Parking::properties_of(const Parked& parked) const {
  const auto& [job, end] = parked;
  auto properties = job.properties;
  detach_copy(properties, std::nullopt);
  auto& headers = headers_of(properties);
  if (properties.expiration) {
    set_field(headers, "x-mscomm-expiration",
              FieldValue::text(*std::exchange(properties.expiration, std::nullopt)));
  }
  set_field(headers, "x-mscomm-reason", FieldValue::text(end.text()));
  set_field(headers, "x-mscomm-exit",
            FieldValue::integer(end.killed_by != 0 ? kSignalStatus + end.killed_by : end.status));
  set_field(headers, "x-mscomm-attempts", FieldValue::integer(job.attempt));
  set_field(headers, "x-mscomm-queue", FieldValue::text(job.queue));
  set_field(headers, "x-mscomm-exchange", FieldValue::text(job.exchange));
  set_field(headers, "x-mscomm-routing-key", FieldValue::text(job.routing_key));
  set_field(headers, "x-mscomm-parked-at", timestamp(context_.clock.wall()));
  return properties;
}

void Parking::add_results(const std::vector<CopyResult>& copies, std::vector<ParkResult>& results) {
  for (const auto& copied : copies) {
    doubtful_ += copied.in_doubt ? 1U : 0U;
    if (const auto known = messages_.extract(copied.delivery_tag)) {
      results.push_back(
          {copied.delivery_tag, known.mapped(), copied.placed, copied.why, copied.in_doubt});
    }
  }
}

std::vector<ParkResult> Parking::advance() {
  std::vector<ParkResult> results;
  try {
    send(results);
  } catch (const Error& error) {
    failure_ = Error(
        error.reason(), fmt::format("--park {}: {}", queue_, error.what()),
        "messages that could not be parked went back; the queue may lack a majority of nodes, "
        "or the broker is out of memory or disk space");
    add_results(copier_.close(Deadline(context_.clock.now() + kGrace)), results);
  }
  if (const auto* error = this->error()) {
    for (const auto& [job, end] : std::exchange(unsent_, {})) {
      results.push_back({job.delivery_tag, messages_.extract(job.delivery_tag).mapped(), false,
                         fmt::format("was not sent: {}", error->what())});
    }
  }
  return results;
}

void Parking::send(std::vector<ParkResult>& results) {
  if (failure_) {
    return;
  }
  add_results(copier_.advance(), results);
  while (!unsent_.empty() && copier_.error() == nullptr && copier_.has_room()) {
    const auto parked = std::move(unsent_.front());
    unsent_.pop_front();
    copier_.add(parked.job.delivery(), {"", queue_}, properties_of(parked));
    add_results(copier_.advance(), results);
  }
}

void Parking::append_polled(std::vector<pollfd>& polled) const {
  if (!failure_) {
    copier_.append_polled(polled);
  }
}

std::vector<std::uint64_t> Parking::delivery_tags() const {
  std::vector<std::uint64_t> tags;
  for (const auto& [tag, message] : messages_) {
    tags.push_back(tag);
  }
  return tags;
}

void Parking::disown() {
  const auto copies = messages_.size() - unsent_.size();
  const auto before = copier_.under_way();
  copier_.disown();
  doubtful_ += copies - (before - copier_.under_way());
  unsent_.clear();
  messages_.clear();
}

void Parking::end() {
  for (const auto& [job, end] : std::exchange(unsent_, {})) {
    messages_.erase(job.delivery_tag);
  }
  copier_.stop_recovering();
}

void Parking::close(const Deadline& deadline) {
  std::vector<ParkResult> results;
  if (!failure_) {
    add_results(copier_.close(deadline), results);
  }
}

}  // namespace mscomm
