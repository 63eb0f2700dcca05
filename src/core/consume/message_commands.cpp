#include "core/consume/message_commands.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "core/message/delivery_record.h"
#include "core/runtime/environment.h"

namespace mscomm {
namespace {

std::string variable_of(std::string_view field) {
  std::string name(kMessageVariable);
  for (const char c : field) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

void append_variables(std::vector<std::string>& environment, const DeliveryRecord& record) {
  for (const auto& field : delivery_fields()) {
    // One variable holds at most 128 KiB (MAX_ARG_STRLEN), and all together not much more.
    if (field.is_family() || field.is_large) {
      continue;
    }
    const auto value = field.get(record, {});
    if (std::holds_alternative<std::monostate>(value)) {
      continue;
    }
    auto variable = variable_of(field.name) + '=';
    append_text(variable, value, false);
    if (variable.find('\0') == std::string::npos) {
      environment.push_back(std::move(variable));
    }
  }
}

std::string name_of(const Delivery& delivery) {
  const auto& id = delivery.properties->message_id;
  return id ? fmt::format("message {} ('{}')", delivery.delivery_tag, *id)
            : fmt::format("message {}", delivery.delivery_tag);
}

}  // namespace

MessageCommands::MessageCommands(Plan plan, const Environment& environment)
    : plan_(std::move(plan)) {
  for (const auto& [name, value] : environment.variables) {
    if (!name.starts_with(kMessageVariable)) {
      environment_.push_back(fmt::format("{}={}", name, value));
    }
  }
}

void MessageCommands::add(const DeliveryRecord& record) {
  const auto& delivery = record.delivery;
  const auto& properties = *delivery.properties;
  Job job{{delivery.delivery_tag,
           name_of(delivery),
           properties.reply_to,
           properties.correlation_id,
           {},
           {}},
          environment_,
          std::string(delivery.body),
          {}};
  append_variables(job.environment, record);
  append_delivery_json(job.record, record);
  job.record += '\n';
  waiting_.push_back(std::move(job));
}

void MessageCommands::start_waiting() {
  while (running_.size() < plan_.concurrency && !waiting_.empty()) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    running_.push_back({std::move(job.result),
                        ChildProcess({plan_.command, std::move(job.environment), job.body,
                                      job.record, plan_.collect_output}),
                        false});
  }
}

void MessageCommands::append_polled(std::vector<pollfd>& polled) const {
  for (const auto& each : running_) {
    each.child.append_polled(polled);
  }
}

std::vector<CommandResult> MessageCommands::take_finished() {
  std::vector<CommandResult> finished;
  std::vector<Running> rest;
  for (auto& each : running_) {
    if (!each.child.advance()) {
      rest.push_back(std::move(each));
    } else if (!each.disowned) {
      each.result.end = each.child.end();
      each.result.output = std::move(each.child.output());
      finished.push_back(std::move(each.result));
    }
  }
  running_ = std::move(rest);
  return finished;
}

void MessageCommands::disown() {
  waiting_.clear();
  for (auto& each : running_) {
    each.disowned = true;
  }
}

void MessageCommands::send(int signal_number) const noexcept {
  for (const auto& each : running_) {
    each.child.send(signal_number);
  }
}

}  // namespace mscomm
