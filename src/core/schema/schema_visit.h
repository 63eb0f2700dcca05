#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/schema/schema_node.h"
#include "core/schema/violation.h"

namespace mscomm {

/// The bounds of one validation.
struct VisitLimits {
  std::size_t steps_left;
  std::size_t depth = 0;
};

/// One value while one schema judges it.
class Visit {
 public:
  using Json = nlohmann::ordered_json;

  /// Judges `value` by `node`, and appends at most `most` violations to `report`, if there is one.
  static bool judge(const SchemaNode& node, const Json& value, VisitLimits& limits,
                    std::vector<Violation>* report, std::size_t most);

  [[nodiscard]] const Json& value() const { return value_; }

  /// Whether violations are wanted; else the first one decides.
  [[nodiscard]] bool reports() const { return report_ != nullptr && report_->size() < most_; }

  /// Reports what `message()` returns, if that is wanted. Always false.
  template <class Message>
  bool fail(const Message& message) const {
    if (reports()) {
      add(message(), {});
    }
    return false;
  }
  /// Reports, with why the schemas in `branches` do not hold.
  template <class Message>
  bool fail_because(const std::vector<const SchemaNode*>& branches, const Message& message) {
    if (reports()) {
      add(message(), causes(branches));
    }
    return false;
  }

  /// Judges the same value by another schema; what that evaluates is evaluated here too.
  bool apply(const SchemaNode& node);
  /// The same without a report.
  bool matches(const SchemaNode& node);
  /// Judges a member or an item of the value, and marks it as evaluated. In an array `name` is
  /// empty.
  bool enter(const SchemaNode& node, const Json& child, std::size_t index,
             std::string_view name = {});
  /// Without a report or a mark.
  bool child_matches(const SchemaNode& node, const Json& child);
  /// Judges the name of a member.
  bool name_matches(const SchemaNode& node, const std::string& name);

  /// Whether it matters what is evaluated here, and not only whether all holds.
  [[nodiscard]] bool tracks_marks() const { return tracks_marks_; }
  void mark(std::size_t index);
  [[nodiscard]] bool is_marked(std::size_t index) const { return marks_[index]; }

  /// Where a $dynamicRef leads that `otherwise` would be the target of.
  [[nodiscard]] const SchemaNode& dynamic_target(std::string_view anchor,
                                                 const SchemaNode& otherwise) const;

 private:
  // The way to a value, kept on the stack.
  struct Step {
    const Step* outer;
    std::string_view name;
    std::size_t index;
    bool is_member;
  };
  // The resources on the way to a schema, the innermost first.
  struct Scope {
    const Scope* outer;
    const DynamicAnchors* resource;
  };

  Visit(const SchemaNode& node, const Json& value, VisitLimits& limits)
      : node_(node), value_(value), limits_(limits) {}
  // A visit that begins in another one.
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
