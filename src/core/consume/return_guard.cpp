#include "core/consume/return_guard.h"

#include <fmt/format.h>

#include <utility>

#include "core/message/dead_letter.h"
#include "core/runtime/random_id.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCount = "x-delivery-count";
constexpr const char* kCopies = "x-mscomm-copies";
constexpr const char* kRun = "x-mscomm-run";
constexpr const char* kExchange = "x-mscomm-exchange";
constexpr const char* kRoutingKey = "x-mscomm-routing-key";

constexpr std::size_t kRunDigits = 16;
// How long a healthy broker takes to confirm a copy.
constexpr Duration kConfirm = 30s;

const FieldValue* header(const Properties& properties, std::string_view name) {
  return properties.headers ? find_field(*properties.headers, name) : nullptr;
}

void set_header(Properties& properties, std::string_view name, FieldValue value) {
  set_field(headers_of(properties), name, std::move(value));
}

std::int64_t number_in(const Properties& properties, std::string_view name) {
  const auto* value = header(properties, name);
  return value == nullptr ? 0 : integer_of(*value).value_or(0);
}

}  // namespace

ReturnGuard::Broker broker_of_copies(const BrokerOptions& broker,
                                     const std::string& connection_name, const Context& context) {
  auto options = broker;
  options.wait.reset();  // where the run's own connection is, nobody has to be waited for
  const auto connector =
      std::make_shared<Connector>(options, publishing_options(connection_name, "copies"), context);
  return {.connect = [connector] { return SessionOwner(*connector, true); },
          .ask =
              [url = broker.management_url, &context](Session& asked, const std::string& queue) {
                return find_return_rule(asked, queue, url, context);
              }};
}

ReturnGuard::ReturnGuard(Broker broker, Plan plan, const ConsumePlan& consume,
                         const Context& context)
    : broker_(std::move(broker)),
      plan_(plan),
      consume_(consume),
      context_(context),
      run_id_(random_hex(kRunDigits)) {
  publish_.confirm_timeout = kConfirm;
}

void ReturnGuard::check_look(Session& session) {
  // Where a nack does not count, a lost connection still does, and x-delivery-count says so.
  if (!plan_.looks || plan_.force || !session.version().nack_counts_as_delivery_attempt()) {
    return;
  }
  rule_ = broker_.ask(session, consume_.queue);
  if (rule_->never_drops()) {
    return;
  }
  try {
    open();
    copier_->check_permission();
  } catch (const Error& error) {
    throw Error(Exit::failed,
                fmt::format("queue '{}' {}, and copies that would survive that cannot be put back: "
                            "{}",
                            consume_.queue, rule_->text(), error.what()),
                "--force looks all the same; a user who may write to the default exchange loses "
                "nothing");
  }
}

void ReturnGuard::open() {
  if (!copier_) {
    session_.emplace(broker_.connect());
    copier_.emplace(*session_, publish_, context_);
  }
  if (is_ending_) {
    copier_->stop_recovering();
  }
}

// Over the connection for copies: over the consumer's, a refusal would end its channel.
void ReturnGuard::ask() {
  try {
    open();
    rule_ = broker_.ask(**session_, consume_.queue);
    std::erase_if(kept_, [this](const auto& each) { return !is_at_risk(each.second.properties); });
  } catch (const Error& error) {
    fail(error);
  }
}

bool ReturnGuard::note(const Delivery& delivery) {
  const auto& properties = *delivery.properties;
  counted_ = counted_ || header(properties, kCount) != nullptr;
  if (number_in(properties, kCount) > 0 && !rule_ && !failed_) {
    try {
      ask();
    } catch (const Interrupted&) {
      keep(delivery);  // whether it is at risk is asked again at the end
      throw;
    }
  }
  if (rule_ && !failed_ && is_at_risk(properties)) {
    keep(delivery);
  }
  const auto* run = copier_ ? header(properties, kRun) : nullptr;
  const bool is_own = run != nullptr && *run == FieldValue::text(run_id_);
  if (const auto kept = kept_.find(delivery.delivery_tag); kept != kept_.end()) {
    kept->second.waits = is_own || rule_->drops(0) || plan_.handles_failures;
  }
  return !is_own;
}

bool ReturnGuard::is_at_risk(const Properties& properties) const {
  const auto returns = number_in(properties, kCount);
  const bool strict = plan_.handles_failures;  // a worker's messages are meant to reach the limit
  return strict ? rule_->drops(returns) : rule_->may_drop(returns);
}

void ReturnGuard::note_unseen(const Delivery& delivery) {
  (void)note(delivery);
  if (const auto kept = kept_.find(delivery.delivery_tag); kept != kept_.end()) {
    kept->second.is_seen = false;
  }
}

void ReturnGuard::keep(const Delivery& delivery) {
  auto& kept = kept_[delivery.delivery_tag];
  kept.delivery.delivery_tag = delivery.delivery_tag;
  kept.delivery.file = delivery.file;
  kept.properties = *delivery.properties;
  kept.body = delivery.body;
  for (const auto& [name, value] :
       {std::pair{kExchange, delivery.exchange}, std::pair{kRoutingKey, delivery.routing_key}}) {
    if (header(kept.properties, name) == nullptr) {
      set_header(kept.properties, name, FieldValue::text(std::string(value)));
    }
  }
}

void ReturnGuard::begin_end() {
  is_ending_ = true;
  if (!kept_.empty() && !rule_ && !failed_) {
    ask();
  }
  if (copier_) {
    copier_->stop_recovering();
  }
}

void ReturnGuard::divert(DeliveryLedger& ledger) {
  if (rule_) {
    send_kept(ledger);
  }
  if (!copier_ || failed_) {
    return;
  }
  try {
    for (const auto& result : copier_->advance()) {
      conclude(result, ledger);
    }
    if (const auto* error = copier_->error()) {
      throw Error(*error);
    }
  } catch (const Error& error) {
    fail(error);
    give_up(ledger);
  }
}

// Messages go back as they are from now on.
void ReturnGuard::fail(const Error& error) {
  failed_ = true;
  context_.log.warning("no copies can be put back, and queue '{}' may drop messages: {}",
                       consume_.queue, error.what());
}

void ReturnGuard::send_kept(DeliveryLedger& ledger) {
  for (auto each = kept_.begin(); each != kept_.end();) {
    auto& [tag, kept] = *each;
    const auto fate = ledger.fate(tag);
    const bool goes_back = fate == Fate::hold || fate == Fate::requeue;
    const bool is_for_limit = kept.is_seen && plan_.handles_failures && rule_->dead_letters;
    const bool waits = kept.waits && fate == Fate::hold && !is_ending_;
    if (kept.is_sent || fate == Fate::open || waits) {
      ++each;
    } else if (!goes_back || is_for_limit || failed_) {
      each = kept_.erase(each);
    } else {
      kept.is_held = fate == Fate::hold;
      if (!start(kept)) {
        return;
      }
      ledger.decide(tag, Fate::copying);
      ++each;
    }
  }
}

// False when there is no room now, or no way.
bool ReturnGuard::start(Kept& kept) {
  try {
    open();
    if (!copier_->has_room()) {
      return false;
    }
  } catch (const Error& error) {
    fail(error);
    return false;
  }
  if (!std::exchange(has_told_, true)) {
    context_.log.warning("queue '{}' {}; such messages go back as copies, at the queue's end",
                         consume_.queue, rule_->text());
  }
  kept.delivery.properties = &kept.properties;
  kept.delivery.body = kept.body;
  copier_->add(kept.delivery, {"", consume_.queue}, properties_of_copy(kept));
  kept.is_sent = true;
  ++under_way_;
  return true;
}

Properties ReturnGuard::properties_of_copy(const Kept& kept) const {
  auto copy = kept.properties;
  detach_copy(copy, (*session_)->broker().user);
  set_header(copy, kCopies,
             FieldValue::integer(static_cast<std::int64_t>(
                 static_cast<std::uint64_t>(number_in(copy, kCopies)) + 1)));
  if (kept.is_held) {
    set_header(copy, kRun, FieldValue::text(run_id_));
  } else if (copy.headers) {
    std::erase_if(*copy.headers, [](const auto& each) { return each.first == kRun; });
  }
  return copy;
}

void ReturnGuard::conclude(const CopyResult& result, DeliveryLedger& ledger) {
  const auto kept = kept_.find(result.delivery_tag);
  if (kept == kept_.end()) {
    return;
  }
  --under_way_;
  kept_.erase(kept);
  if (result.placed) {
    placed_.push_back(result.delivery_tag);
    ledger.decide(result.delivery_tag, Fate::ack);
    return;
  }
  context_.log.warning("message {} goes back as it is, and the queue may drop it: its copy {}",
                       result.delivery_tag, result.why);
  ledger.decide(result.delivery_tag, Fate::hold);
}

void ReturnGuard::count_settled(const DeliveryLedger& ledger) {
  copied_ += std::erase_if(placed_, [&](auto tag) { return ledger.fate(tag) == Fate::settled; });
}

void ReturnGuard::append_polled(std::vector<pollfd>& polled) const {
  if (copier_ && !failed_) {
    copier_->append_polled(polled);
  }
}

Deadline ReturnGuard::wake_at() const {
  return copier_ && !failed_ ? copier_->wake_at() : Deadline();
}

// That there may be copies of messages that come again, or go back.
void ReturnGuard::tell_doubtful(std::size_t copies) {
  if (copies > 0) {
    context_.log.warning("{} message{} may be in queue '{}' twice: {} not known to be placed",
                         copies, copies == 1 ? "" : "s", consume_.queue,
                         copies == 1 ? "its copy is" : "their copies are");
  }
}

void ReturnGuard::disown() {
  tell_doubtful(under_way_ + placed_.size());
  kept_.clear();
  placed_.clear();
  under_way_ = 0;
  if (copier_) {
    copier_->disown();
  }
}

void ReturnGuard::give_up(DeliveryLedger& ledger) {
  tell_doubtful(under_way_);
  for (const auto& [tag, kept] : kept_) {
    if (kept.is_sent) {
      ledger.decide(tag, Fate::hold);
    }
  }
  kept_.clear();
  under_way_ = 0;
}

void ReturnGuard::close(const Deadline& deadline) {
  if (copier_) {
    copier_->close(deadline);
  }
}

}  // namespace mscomm
