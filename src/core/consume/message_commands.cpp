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
    append_text(variable, value, TextForm::exact);
    if (variable.find('\0') == std::string::npos) {
      environment.push_back(std::move(variable));
    }
  }
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

ChildProcess MessageCommands::start(const MessageJob& job) const {
  const auto delivery = job.delivery();
  const DeliveryRecord record{delivery, job.queue, job.received_at};
  auto environment = environment_;
  append_variables(environment, record);
  environment.push_back(fmt::format("{}ATTEMPT={}", kMessageVariable, job.attempt));
  std::string json;
  append_delivery_json(json, record);
  json += '\n';
  return ChildProcess(
      {plan_.command, std::move(environment), job.body, json, plan_.collect_output});
}

void MessageCommands::start_waiting() {
  while (running_.size() < plan_.concurrency && !waiting_.empty()) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= job.body.size();
    auto child = start(job);
    started_again_ += job.attempt > 1 ? 1U : 0U;
    running_.push_back({std::move(job), std::move(child), false});
  }
}

std::vector<std::uint64_t> MessageCommands::running() const {
  std::vector<std::uint64_t> tags;
  for (const auto& each : running_) {
    if (!each.disowned) {
      tags.push_back(each.job.delivery_tag);
    }
  }
  return tags;
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
      finished.push_back({std::move(each.job), each.child.end(), std::move(each.child.output())});
    }
  }
  running_ = std::move(rest);
  return finished;
}

void MessageCommands::disown() {
  drop_waiting();
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
