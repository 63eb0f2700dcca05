#include "core/amqp/conversation_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {

void ConversationRules::begin_channel() {
  has_channel_ = true;
  consumers_.clear();
  last_ = unnamed_ = 0;
  published_ = mandatory_ = returned_ = 0;
}

void ConversationRules::begin_consumer(std::string tag) {
  if (tag.empty()) {
    ++unnamed_;
  } else {
    consumers_.push_back(std::move(tag));
  }
}

void ConversationRules::note_consumer(std::string_view tag) {
  if (unnamed_ > 0) {
    --unnamed_;
    consumers_.emplace_back(tag);
  }
}

void ConversationRules::find_consumer(std::string_view tag) {
  const auto found = std::ranges::find(consumers_, tag);
  if (found == consumers_.end()) {
    refuse(fmt::format("something for the consumer '{}', which was not begun", visible(tag)));
  }
  last_ = static_cast<std::size_t>(found - consumers_.begin());
}

void ConversationRules::check_confirm(std::uint64_t sequence) const {
  if (sequence == 0 || sequence > published_) {
    refuse(fmt::format("an answer to message {}, where {} {} sent", sequence, published_,
                       published_ == 1 ? "was" : "were"));
  }
}

void ConversationRules::check_return() {
  if (++returned_ > mandatory_) {
    refuse("back a message that was not sent");
  }
}

void ConversationRules::refuse_reply(amqp_method_number_t got, amqp_method_number_t due) const {
  refuse(due == 0 ? fmt::format("{}, which was not asked for", specification_name(got))
                  : fmt::format("{} where {} was due", specification_name(got),
                                specification_name(due)));
}

void ConversationRules::refuse_channel(amqp_channel_t channel) const {
  refuse(fmt::format("a frame of channel {}, which is not open or not the one for it", channel));
}

void ConversationRules::refuse(std::string_view what) const {
  throw Error(Exit::unreachable,
              fmt::format("the connection to {} was lost: it sent {}", peer_, what),
              "AMQP 0-9-1 forbids that: the broker, or what stands in front of it, is at fault");
}

std::string specification_name(amqp_method_number_t method) {
  std::string name(amqp_method_name(method));
  for (const std::string_view affix : {"AMQP_", "_METHOD"}) {
    if (const auto at = name.find(affix); at != std::string::npos) {
      name.erase(at, affix.size());
    }
  }
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(c == '_' ? '-' : std::tolower(c));
  });
  if (const auto dash = name.find('-'); dash != std::string::npos) {
    name[dash] = '.';
  }
  return name;
}

}  // namespace mscomm
