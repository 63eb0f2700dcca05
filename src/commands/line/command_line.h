#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "commands/line/relations.h"

namespace mscomm {

struct CommonOptions;

/// A command's options while they are declared: CLI11's parser, and the relations that CLI11 cannot
/// express.
class CommandLine {
 public:
  explicit CommandLine(CLI::App& app, const CommonOptions* common = nullptr)
      : app_(app), common_options_(common) {}
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() = default;

  [[nodiscard]] CLI::App& app() const { return app_; }
  /// The options that every command has, for one that reads them when it runs; nullptr outside of
  /// a command.
  [[nodiscard]] const CommonOptions* common_options() const { return common_options_; }
  [[nodiscard]] const Relations& relations() const { return relations_; }

  /// Called with each option when it is declared.
  void add(const CLI::Option& option);
  void relate(const CLI::Option& option, Relation relation) {
    relations_.emplace_back(&option, std::move(relation));
  }

  /// Gives this relation to every option that `declare` declares.
  template <class Declare>
  void each(const Relation& relation, const Declare& declare) {
    common_.push_back(relation);
    declare();
    common_.pop_back();
  }

 private:
  CLI::App& app_;
  const CommonOptions* common_options_;
  Relations relations_;
  std::vector<Relation> common_;
};

/// An option just declared; its members add relations and traits.
class DeclaredOption {
 public:
  using Names = std::initializer_list<std::string_view>;

  DeclaredOption(CommandLine& line, CLI::Option& option) : line_(line), option_(option) {}

  /// See Relation, also for how other options are written.
  DeclaredOption needs(Names one_of, std::string_view hint = {}) {
    line_.relate(option_, {Relation::Kind::needs, one_of, hint});
    return *this;
  }
  DeclaredOption excludes(Names others, std::string_view hint = {}, Names unless = {}) {
    line_.relate(option_, {Relation::Kind::excludes, others, hint, unless});
    return *this;
  }

  /// The same, and a weaker source's option does not give way: see Relation::insists.
  DeclaredOption clashes_with(Names others, std::string_view hint = {}) {
    line_.relate(option_, {Relation::Kind::excludes, others, hint, {}, true});
    return *this;
  }

  /// The default that help shows, when it differs from the target's own text.
  DeclaredOption defaults_to(const std::string& shown);
  /// Neither the environment nor a profile may give it.
  DeclaredOption only_on_the_line();

 private:
  CommandLine& line_;
  CLI::Option& option_;
};

}  // namespace mscomm
