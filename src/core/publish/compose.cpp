#include "core/publish/compose.h"

#include <fmt/format.h>

#include <utility>

#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

constexpr std::uint8_t kTransient = 1;
constexpr std::uint8_t kPersistent = 2;

template <class T>
void prefer(std::optional<T>& value, const std::optional<T>& wish) {
  if (wish) {
    value = wish;
  }
}

void merge_headers(std::optional<FieldTable>& headers, const std::optional<FieldTable>& wishes) {
  if (!wishes) {
    return;
  }
  if (!headers) {
    headers.emplace();
  }
  for (const auto& wish : *wishes) {
    std::erase_if(*headers, [&](const auto& header) { return header.first == wish.first; });
    headers->push_back(wish);
  }
}

void apply(Properties& properties, const Properties& wishes) {
  prefer(properties.content_type, wishes.content_type);
  prefer(properties.content_encoding, wishes.content_encoding);
  merge_headers(properties.headers, wishes.headers);
  prefer(properties.delivery_mode, wishes.delivery_mode);
  prefer(properties.priority, wishes.priority);
  prefer(properties.correlation_id, wishes.correlation_id);
  prefer(properties.reply_to, wishes.reply_to);
  prefer(properties.expiration, wishes.expiration);
  prefer(properties.message_id, wishes.message_id);
  prefer(properties.timestamp, wishes.timestamp);
  prefer(properties.type, wishes.type);
  prefer(properties.user_id, wishes.user_id);
  prefer(properties.app_id, wishes.app_id);
}

const std::string& first_of(const std::optional<std::string>& wish,
                            const std::optional<std::string>& record) {
  static const std::string none;
  return wish ? *wish : record ? *record : none;
}

}  // namespace

std::string random_id_prefix() { return random_hex(16) + '-'; }

void compose(ConfirmWindow::Entry& entry, Outgoing& outgoing, const PublishPlan& plan,
             const std::string& id_prefix) {
  entry.route.exchange = first_of(plan.exchange, outgoing.exchange);
  entry.route.routing_key = first_of(plan.routing_key, outgoing.routing_key);
  auto& properties = entry.properties;
  entry.is_record = outgoing.complete;
  if (outgoing.complete) {
    properties = std::move(outgoing.properties);
    apply(properties, plan.properties);
  } else {
    properties = plan.properties;
    if (!properties.delivery_mode) {
      properties.delivery_mode = plan.persistent ? kPersistent : kTransient;
    }
    if (!properties.message_id) {
      auto& id = properties.message_id.emplace(id_prefix);
      fmt::format_to(std::back_inserter(id), "{}", entry.number);
    }
  }
  entry.file = std::move(outgoing.file);
  entry.body = entry.file ? std::string_view() : outgoing.body;
}

}  // namespace mscomm
