#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "commands/line/relations.h"

namespace mscomm {

/// The options of one command while they are declared: CLI11's parser, and what it cannot say.
class CommandLine {
 public:
  explicit CommandLine(CLI::App& app) : app_(app) {}
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  [[nodiscard]] CLI::App& app() const { return app_; }
  [[nodiscard]] const Relations& relations() const { return relations_; }

  /// Called with each option when it is declared.
  void add(const CLI::Option& option);
  void relate(const CLI::Option& option, Relation relation) {
    relations_.emplace_back(&option, std::move(relation));
  }

  /// Every option that `declare` declares has this relation, too.
  template <class Declare>
  void each(const Relation& relation, const Declare& declare) {
    common_.push_back(relation);
    declare();
    common_.pop_back();
  }

 private:
  CLI::App& app_;
  Relations relations_;
  std::vector<Relation> common_;
};

/// An option that was just declared, of which more can be said.
class DeclaredOption {
 public:
  using Names = std::initializer_list<std::string_view>;

  DeclaredOption(CommandLine& line, CLI::Option& option) : line_(line), option_(option) {}

  /// See Relation, also for how the others are written.
  DeclaredOption needs(Names one_of, std::string_view hint = {}) {
    line_.relate(option_, {Relation::Kind::needs, one_of, hint});
    return *this;
  }
  DeclaredOption excludes(Names others, std::string_view hint = {}, Names unless = {}) {
    line_.relate(option_, {Relation::Kind::excludes, others, hint, unless});
    return *this;
  }

  /// What help shows as the default, where that is not the target's own text.
  DeclaredOption defaults_to(const std::string& shown);
  /// Neither the environment nor a profile may give it.
  DeclaredOption only_on_the_line();
  /// Help and manual leave it out.
  DeclaredOption hidden();

 private:
  CommandLine& line_;
  CLI::Option& option_;
};

}  // namespace mscomm
