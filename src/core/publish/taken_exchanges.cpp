#include "core/publish/taken_exchanges.h"

#include <string_view>

#include "core/amqp/broker_error.h"

namespace mscomm {
namespace {

// The broker's name for the default exchange.
constexpr std::string_view kDefaultExchange = "amq.default";

// The reply codes that close a channel because of one publish (AMQP 0-9-1 §1.2).
bool is_about_a_message(int code) {
  return code == 311 || code == 403 || code == 404 || code == 406;
}

}  // namespace

bool TakenExchanges::is_refused(const ConfirmWindow::Entry& entry, const Closed& closed,
                                std::size_t left) const {
  // A 404 or 403 names the exchange, so no message to it was accepted. Unless it accepted some
  // before: it may have been deleted meanwhile, at an unknown time.
  const auto& exchange = entry.route.exchange;
  const bool took_some = taken_.contains(exchange);
  // With one unanswered message and a code about a publish, the channel was closed because of it.
  const bool about_one = closed.by_broker && left == 1 && is_about_a_message(closed.code);
  const auto missing = quoted_after(closed.text, "no exchange");
  const auto denied = quoted_after(closed.text, "access to exchange");
  const bool refused =
      exchange.empty() ? denied == kDefaultExchange : exchange == missing || exchange == denied;
  return entry.sent && !entry.returned && !entry.in_doubt && ((refused && !took_some) || about_one);
}

}  // namespace mscomm
