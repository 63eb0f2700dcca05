#include "core/amqp/broker_version.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::size_t kMostShown = 60;  // bytes of each part

// Takes a number off the front.
bool take_number(std::string_view& text, unsigned& number) {
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return true;
}

// "3.10.8", "4.1.0-rc.1", "3.13.0+2.gabc"; the later numbers may be missing.
bool read_numbers(std::string_view text, BrokerVersion& version) {
  if (!take_number(text, version.major)) {
    return false;
  }
  for (auto* const number : {&version.minor, &version.patch}) {
    if (!text.starts_with('.')) {
      break;
    }
    text.remove_prefix(1);
    if (!take_number(text, *number)) {
      return false;
    }
  }
  version.is_prerelease = text.starts_with('-');
  return text.empty() || text.starts_with('-') || text.starts_with('+');
}

}  // namespace

BrokerVersion parse_broker_version(std::string_view product, std::string_view version) {
  BrokerVersion result;
  if (product == "RabbitMQ") {
    result.is_known = read_numbers(version, result);
  }
  if (!result.is_known) {
    result = {};
  }
  result.product = product;
  result.version = version;
  return result;
}

std::string BrokerVersion::name() const {
  auto text = in_one_line(std::string_view(product).substr(0, kMostShown));
  text += product.empty() || version.empty() ? "" : " ";
  return text += in_one_line(std::string_view(version).substr(0, kMostShown));
}

bool BrokerVersion::passive_declare_needs_configure() const {
  return is_known && major == 4 && ((minor == 2 && patch == 6) || (minor == 3 && patch == 0));
}

bool BrokerVersion::is_at_least(unsigned other_major, unsigned other_minor) const {
  return std::pair(major, minor) >= std::pair(other_major, other_minor);
}

// The careful answer is that there is a limit.
std::optional<std::int64_t> BrokerVersion::default_delivery_limit() const {
  constexpr std::int64_t kDefault = 20;
  return !is_known || is_at_least(4, 0) ? std::optional(kDefault) : std::nullopt;
}

// Quorum queues behave as in that release.
bool BrokerVersion::has_queues_of_4_3() const {
  constexpr unsigned kMajor = 4;
  constexpr unsigned kMinor = 3;
  const bool is_before_release = is_prerelease && major == kMajor && minor == kMinor && patch == 0;
  return is_known && is_at_least(kMajor, kMinor) && !is_before_release;
}

// The careful answer is that it counts.
bool BrokerVersion::nack_counts_as_delivery_attempt() const { return !has_queues_of_4_3(); }

bool BrokerVersion::consumer_timeout_is_cancel() const { return has_queues_of_4_3(); }

}  // namespace mscomm
