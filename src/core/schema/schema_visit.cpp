#include "core/schema/schema_visit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// The deepest nesting of schemas at work: a stack of 8 MB holds several times as many.
constexpr std::size_t kMostDepth = 2000;
constexpr std::size_t kCausesOfBranch = 2;
constexpr std::size_t kBranches = 8;

}  // namespace

unsigned type_bit(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return kNull;
    case Json::value_t::boolean:
      return kBoolean;
    case Json::value_t::string:
      return kString;
    case Json::value_t::array:
      return kArray;
    case Json::value_t::object:
      return kObject;
    default:
      return kNumber;
  }
}

bool Visit::judge(const SchemaNode& node, const Json& value, VisitLimits& limits,
                  std::vector<Violation>* report, std::size_t most) {
  Visit visit(node, value, limits);
  visit.report_ = report;
  visit.most_ = most;
  visit.own_scope_.resource = node.resource;
  visit.scope_ = &visit.own_scope_;
  visit.tracks_marks_ = node.needs_marks;
  return visit.run();
}

Visit::Visit(const SchemaNode& node, const Json& value, const Visit& from)
    : node_(node),
      value_(value),
      limits_(from.limits_),
      step_(from.step_),
      own_scope_{from.scope_, node.resource},
      scope_(from.scope_->resource == node.resource ? from.scope_ : &own_scope_),
      report_(from.report_),
      most_(from.most_),
      tracks_marks_(node.needs_marks) {}

bool Visit::run() {
  if (limits_.depth == kMostDepth) {
    refuse_depth();
  }
  if (limits_.steps_left == 0) {
    throw Error(Exit::failed,
                fmt::format("the schema at {} takes too many steps to validate", node_.location),
                "schemas that are alternatives of alternatives multiply each other");
  }
  --limits_.steps_left;
  ++limits_.depth;
  const bool holds = run_rules();
  --limits_.depth;
  return holds;
}

bool Visit::run_rules() {
  if (node_.is_false) {
    return fail_as_false();
  }
  if (tracks_marks_) {
    marks_.resize(value_.size());
  }
  const auto type = type_bit(value_);
  bool holds = true;
  for (const auto& rule : node_.rules) {
    // After a failure it is unknown what the failed rule would have evaluated.
    if ((rule.types & type) == 0 || (rule.is_last && !holds)) {
      continue;
    }
    keyword_ = rule.keyword;
    if (!rule.check(*this)) {
      holds = false;
      if (!reports()) {
        break;
      }
    }
  }
  return holds;
}

bool Visit::apply(const SchemaNode& node) {
  Visit inner(node, value_, *this);
  inner.tracks_marks_ = inner.tracks_marks_ || tracks_marks_;
  const bool holds = inner.run();
  if (holds && tracks_marks_) {
    inner.leave_marks_to(*this);
  }
  return holds;
}

bool Visit::matches(const SchemaNode& node) {
  auto* const report = std::exchange(report_, nullptr);
  const bool holds = apply(node);
  report_ = report;
  return holds;
}

bool Visit::enter(const SchemaNode& node, const Json& child, std::size_t index,
                  std::string_view name) {
  const Step step{step_, name, index, value_.is_object()};
  Visit inner(node, child, *this);
  inner.step_ = &step;
  mark(index);
  return inner.run();
}

bool Visit::child_matches(const SchemaNode& node, const Json& child) {
  Visit inner(node, child, *this);
  inner.report_ = nullptr;
  return inner.run();
}

bool Visit::name_matches(const SchemaNode& node, const std::string& name) {
  const Json value = name;
  if (child_matches(node, value)) {
    return true;
  }
  if (reports()) {
    std::vector<Violation> reasons;
    Visit inner(node, value, *this);
    inner.report_ = &reasons;
    inner.most_ = kCausesOfBranch;
    inner.run();
    add(fmt::format("the name {} is not allowed", in_quotes(name)), std::move(reasons));
  }
  return false;
}

void Visit::mark(std::size_t index) {
  if (tracks_marks_) {
    marks_[index] = true;
  }
}

void Visit::leave_marks_to(Visit& outer) {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    outer.marks_[i] = outer.marks_[i] || marks_[i];
  }
}

std::vector<Violation> Visit::causes(const std::vector<const SchemaNode*>& branches) {
  std::vector<Violation> found;
  auto* const report = std::exchange(report_, &found);
  const auto most = most_;
  for (std::size_t i = 0; i < branches.size() && i < kBranches; ++i) {
    most_ = found.size() + kCausesOfBranch;
    const auto before = found.size();
    apply(*branches[i]);
    for (auto j = before; j < found.size(); ++j) {
      found[j].branch = static_cast<int>(i);
    }
  }
  report_ = report;
  most_ = most;
  return found;
}

const SchemaNode& Visit::dynamic_target(std::string_view anchor,
                                        const SchemaNode& otherwise) const {
  const SchemaNode* target = &otherwise;
  for (const auto* scope = scope_; scope != nullptr; scope = scope->outer) {
    if (const auto found = scope->resource->find(anchor); found != scope->resource->end()) {
      target = found->second;  // the outermost wins
    }
  }
  return *target;
}

void Visit::add(std::string message, std::vector<Violation> causes) const {
  auto location = node_.location;
  append_pointer_step(location, keyword_);
  report_->push_back({pointer_to(step_), std::move(location), std::string(keyword_),
                      std::move(message), std::move(causes)});
}

bool Visit::fail_as_false() const {
  if (reports()) {
    const auto message = step_ == nullptr ? std::string("no value is allowed here")
                         : step_->is_member
                             ? fmt::format("{} is not allowed", in_quotes(step_->name))
                             : fmt::format("item {} is not allowed", step_->index);
    const auto by = node_.applied_by.empty() ? "" : fmt::format(" ({})", node_.applied_by);
    report_->push_back(
        {pointer_to(step_), node_.location, std::string(node_.applied_by), message + by});
  }
  return false;
}

void Visit::refuse_depth() const {
  std::size_t levels = 0;
  for (const auto* step = step_; step != nullptr; step = step->outer) {
    ++levels;
  }
  throw Error(Exit::failed,
              fmt::format("the value is nested too deeply to validate: {} levels, judged by {} "
                          "schemas within each other",
                          levels, kMostDepth));
}

std::string Visit::pointer_to(const Step* step) {
  std::vector<const Step*> steps;
  for (; step != nullptr; step = step->outer) {
    steps.push_back(step);
  }
  std::string pointer;
  for (auto each = steps.rbegin(); each != steps.rend(); ++each) {
    append_pointer_step(pointer,
                        (*each)->is_member ? (*each)->name : std::to_string((*each)->index));
  }
  return pointer;
}

}  // namespace mscomm
