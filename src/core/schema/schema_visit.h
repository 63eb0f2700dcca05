#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/schema/schema_node.h"
#include "core/schema/violation.h"

namespace mscomm {

/// The limits of one validation.
struct VisitLimits {
  std::size_t steps_left;
  std::size_t depth = 0;
};

/// The judgement of one value by one schema.
class Visit {
 public:
  using Json = nlohmann::ordered_json;

  /// Judges `value` by `node`; appends at most `most` violations to `report` unless it is nullptr.
  static bool judge(const SchemaNode& node, const Json& value, VisitLimits& limits,
                    std::vector<Violation>* report, std::size_t most);

  [[nodiscard]] const Json& value() const { return value_; }

  /// Whether violations are wanted; otherwise the first failure ends the judging.
  [[nodiscard]] bool reports() const { return report_ != nullptr && report_->size() < most_; }

  /// Reports `message()` if violations are wanted. Always false.
  template <class Message>
  bool fail(const Message& message) const {
    if (reports()) {
      add(message(), {});
    }
    return false;
  }
  /// As fail(), with the reasons why the schemas in `branches` do not hold.
  template <class Message>
  bool fail_because(const std::vector<const SchemaNode*>& branches, const Message& message) {
    if (reports()) {
      add(message(), causes(branches));
    }
    return false;
  }

  /// Judges the same value by another schema, and takes over its marks of evaluated members and
  /// items.
  bool apply(const SchemaNode& node);
  /// As apply(), without a report.
  bool matches(const SchemaNode& node);
  /// Judges a member or an item and marks it as evaluated. `name` is empty in an array.
  bool enter(const SchemaNode& node, const Json& child, std::size_t index,
             std::string_view name = {});
  /// As enter(), without a report or a mark.
  bool child_matches(const SchemaNode& node, const Json& child);
  /// Judges a member's name.
  bool name_matches(const SchemaNode& node, const std::string& name);

  /// Whether the marks are needed, and not only the result.
  [[nodiscard]] bool tracks_marks() const { return tracks_marks_; }
  void mark(std::size_t index);
  [[nodiscard]] bool is_marked(std::size_t index) const { return marks_[index]; }

  /// The target of a $dynamicRef whose static target is `otherwise`.
  [[nodiscard]] const SchemaNode& dynamic_target(std::string_view anchor,
                                                 const SchemaNode& otherwise) const;

 private:
  // One step of the path to a value, kept on the stack.
  struct Step {
    const Step* outer;
    std::string_view name;
    std::size_t index;
    bool is_member;
  };
  // The resources passed on the way to a schema, innermost first.
  struct Scope {
    const Scope* outer;
    const DynamicAnchors* resource;
  };

  Visit(const SchemaNode& node, const Json& value, VisitLimits& limits)
      : node_(node), value_(value), limits_(limits) {}
  // A visit within another one.
  Visit(const SchemaNode& node, const Json& value, const Visit& from);

  bool run();
  bool run_rules();
  void add(std::string message, std::vector<Violation> causes) const;
  bool fail_as_false() const;
  std::vector<Violation> causes(const std::vector<const SchemaNode*>& branches);
  void leave_marks_to(Visit& outer);
  [[noreturn]] void refuse_depth() const;
  [[nodiscard]] static std::string pointer_to(const Step* step);

  const SchemaNode& node_;
  const Json& value_;
  VisitLimits& limits_;
  const Step* step_ = nullptr;
  Scope own_scope_{nullptr, nullptr};
  const Scope* scope_ = nullptr;
  std::vector<Violation>* report_ = nullptr;
  std::size_t most_ = 0;
  std::string_view keyword_;
  bool tracks_marks_ = false;
  std::vector<bool> marks_;
};

}  // namespace mscomm
