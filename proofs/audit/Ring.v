(* Decimation of the one-dimensional Ising model: Eqs. 23 and 24, for every real J and every even ring. *)

From Coq Require Import Reals List Lra Lia.
From audit Require Import Traces Spins.
Import ListNotations.
Open Scope R_scope.

(* The energy of the bonds s_0 s_1, s_1 s_2, ..., s_{N-1} s_0 (Eq. 23 with its sign in front of J taken out). *)
Definition bonds (s : list bool) : R :=
  sum_over (seq 0 (length s)) (fun i => spin (nth i s true) * spin (nth (S i mod length s) s true)).

Definition Z_ring (N : nat) (J : R) : R := sum_over (configurations N) (fun s => exp (J * bonds s)).   (* Eq. 2 *)

Definition J' (J : R) : R := ln (cosh (2 * J)) / 2.   (* e^{2J'} = cosh 2J *)
Definition A (J : R) : R := 2 * exp (J' J).

(* s_0 t_0 s_1 t_1 ...: the visible ring, of which the spins s are kept and the spins t are summed. *)
Fixpoint interleave (s t : list bool) : list bool :=
  match s, t with
  | x :: s, y :: t => x :: y :: interleave s t
  | _, _ => []
  end.

(* ---------------------------------------------------------------------------------------------------------------- *)

(* The bonds of a chain from spin x through l to spin e. *)
Fixpoint chain (x : bool) (l : list bool) (e : bool) : R :=
  match l with
  | [] => spin x * spin e
  | y :: l => spin x * spin y + chain y l e
  end.

Lemma chain_by_index l : forall x e,
  sum_over (seq 0 (S (length l))) (fun i => spin (nth i (x :: l) true) * spin (nth i (l ++ [e]) true)) = chain x l e.
Proof.
  induction l as [|y l IH]; intros x e; [unfold sum_over; simpl; ring|].
  cbn [length chain]; rewrite <- (IH y e).
  change (seq 0 (S (S (length l)))) with (0%nat :: seq 1 (S (length l))).
  rewrite <- seq_shift; unfold sum_over at 1; cbn [map fold_right]; rewrite map_map; reflexivity.
Qed.

Lemma bonds_chain x l : bonds (x :: l) = chain x l x.
Proof.
  rewrite <- chain_by_index; unfold bonds, sum_over; f_equal; apply map_ext_in.
  intros i m; apply in_seq in m; cbn [length] in *; do 2 f_equal.
  destruct (Nat.eq_dec i (length l)) as [->|n].
  - now rewrite Nat.mod_same, app_nth2, Nat.sub_diag by lia.
  - rewrite Nat.mod_small, app_nth1 by lia; reflexivity.
Qed.

(* One spin summed: Tr_s e^{J (x s + s y)} = A e^{J' x y}. *)
Lemma one_spin J x y :
  sum_over up_down (fun s => exp (J * (spin x * spin s)) * exp (J * (spin s * spin y)))
  = A J * exp (J' J * (spin x * spin y)).
Proof.
  assert (c : exp (J' J) * exp (J' J) = cosh (2 * J)).
  { rewrite <- exp_plus; unfold J'; replace (ln (cosh (2 * J)) / 2 + ln (cosh (2 * J)) / 2) with (ln (cosh (2 * J))) by field.
    apply exp_ln; unfold cosh; pose proof (exp_pos (2 * J)); pose proof (exp_pos (- (2 * J))); lra. }
  unfold sum_over, up_down, A; cbn [map fold_right]; rewrite <- !exp_plus.
  destruct x, y; cbn [spin].
  1, 4: replace (J' J * _) with (J' J) by ring; rewrite Rmult_assoc, c; unfold cosh;
        match goal with |- exp ?a + (exp ?b + 0) = _ => replace (exp a + (exp b + 0)) with (exp (2 * J) + exp (- (2 * J))) end;
        [field|].
  3, 4: replace (J' J * _) with (- J' J) by ring; rewrite Rmult_assoc, <- exp_plus, Rplus_opp_r, exp_0;
        match goal with |- exp ?a + (exp ?b + 0) = _ => replace a with 0 by ring; replace b with 0 by ring end;
        rewrite exp_0; ring.
  - rewrite Rplus_0_r; f_equal; f_equal; ring.
  - rewrite Rplus_0_r, Rplus_comm; f_equal; f_equal; ring.
Qed.

(* Transfer matrices: the sum over n spins between x and e. *)
Definition between (n : nat) (J : R) (x e : bool) : R := sum_over (configurations n) (fun l => exp (J * chain x l e)).

Lemma between_step n J x e :
  between (S n) J x e = sum_over up_down (fun s => exp (J * (spin x * spin s)) * between n J s e).
Proof.
  unfold between; rewrite sum_configurations; apply sum_ext; intros s.
  rewrite <- sum_scale; apply sum_ext; intros l; cbn [chain]; now rewrite <- exp_plus, <- Rmult_plus_distr_l.
Qed.

Lemma between_none J x e : between 0 J x e = exp (J * (spin x * spin e)).
Proof. unfold between, sum_over; simpl; ring. Qed.

Lemma Z_ring_between n J : Z_ring (S n) J = sum_over up_down (fun x => between n J x x).
Proof.
  unfold Z_ring; rewrite sum_configurations; apply sum_ext; intros x; apply sum_ext; intros l; now rewrite bonds_chain.
Qed.

Lemma two_steps J x (f : bool -> R) :
  sum_over up_down (fun s => exp (J * (spin x * spin s)) * sum_over up_down (fun t => exp (J * (spin s * spin t)) * f t))
  = sum_over up_down (fun t => A J * exp (J' J * (spin x * spin t)) * f t).
Proof.
  rewrite (sum_ext _ _ (fun s => sum_over up_down (fun t =>
    exp (J * (spin x * spin s)) * exp (J * (spin s * spin t)) * f t))).
  - rewrite sum_swap; apply sum_ext; intros t; rewrite <- one_spin.
    rewrite Rmult_comm, <- sum_scale; apply sum_ext; intros s; ring.
  - intros s; rewrite <- sum_scale; apply sum_ext; intros t; ring.
Qed.

Lemma between_decimated J e n : forall x, between (2 * n + 1) J x e = A J ^ (n + 1) * between n (J' J) x e.
Proof.
  induction n as [|n IH]; intros x.
  - cbn [Nat.mul Nat.add]; rewrite between_step, pow_1, between_none, <- one_spin.
    apply sum_ext; intros s; now rewrite between_none.
  - replace (2 * S n + 1)%nat with (S (S (2 * n + 1))) by lia; rewrite between_step.
    rewrite (sum_ext _ _ (fun s => exp (J * (spin x * spin s)) * sum_over up_down (fun t =>
      exp (J * (spin s * spin t)) * between (2 * n + 1) J t e))) by (intros s; now rewrite <- between_step).
    rewrite two_steps, between_step, <- sum_scale; apply sum_ext; intros t; rewrite IH; cbn [Nat.add pow]; ring.
Qed.

(* Eq. 24, partition functions: Z_N(J) = A^{N/2} Z_{N/2}(J'), for every real J and every even N = 2n >= 2. *)
Theorem Eq_24_partition_function n J : (1 <= n)%nat -> Z_ring (2 * n) J = A J ^ n * Z_ring n (J' J).
Proof.
  destruct n as [|n]; [lia|intros _].
  replace (2 * S n)%nat with (S (2 * n + 1)) by lia; rewrite !Z_ring_between, <- sum_scale; apply sum_ext; intros x.
  rewrite between_decimated; now replace (n + 1)%nat with (S n) by lia.
Qed.

Lemma interleaved_chain J e s : forall x,
  sum_over up_down (fun y => sum_over (configurations (length s)) (fun t => exp (J * chain x (y :: interleave s t) e)))
  = A J ^ S (length s) * exp (J' J * chain x s e).
Proof.
  induction s as [|z s IH]; intros x.
  - cbn [length configurations interleave chain pow]; rewrite Rmult_1_r, <- one_spin; apply sum_ext; intros y.
    unfold sum_over; cbn [map fold_right]; rewrite Rplus_0_r, <- exp_plus; f_equal; ring.
  - cbn [length]. transitivity (A J * exp (J' J * (spin x * spin z)) * (A J ^ S (length s) * exp (J' J * chain z s e))).
    + rewrite <- IH, <- one_spin, Rmult_comm, <- sum_scale; apply sum_ext; intros y.
      rewrite sum_configurations, Rmult_comm, <- sum_scale; apply sum_ext; intros y'.
      rewrite <- sum_scale; apply sum_ext; intros t; cbn [interleave chain]; rewrite <- !exp_plus; f_equal; ring.
    + cbn [chain pow]; rewrite Rmult_plus_distr_l, exp_plus; ring.
Qed.

(* Eq. 24, Hamiltonians: summing every other spin of the ring leaves the ring of the kept spins s with the coupling J'
   and the constant n log A, as a function of every configuration s. *)
Theorem Eq_24_kept_spins s J : s <> [] ->
  sum_over (configurations (length s)) (fun t => exp (J * bonds (interleave s t)))
  = A J ^ length s * exp (J' J * bonds s).
Proof.
  destruct s as [|x s]; [easy|intros _]; cbn [length]; rewrite bonds_chain, <- interleaved_chain, sum_configurations.
  apply sum_ext; intros y; apply sum_ext; intros t; cbn [interleave]; now rewrite bonds_chain.
Qed.

Lemma cosh_positive x : 0 < cosh x.
Proof. unfold cosh; pose proof (exp_pos x); pose proof (exp_pos (- x)); lra. Qed.

(* Eq. 24 in the ledger's form: e^{2J'} = cosh 2J. *)
Theorem Eq_24_exponential J : exp (2 * J' J) = cosh (2 * J).
Proof. unfold J'; replace (2 * _) with (ln (cosh (2 * J))) by field; apply exp_ln, cosh_positive. Qed.

(* Eq. 24 as printed: tanh J' = tanh^2 J. *)
Theorem Eq_24 J : tanh (J' J) = tanh J ^ 2.
Proof.
  pose proof (Eq_24_exponential J) as c; unfold cosh in c.
  rewrite exp_Ropp in c; replace (2 * J) with (J + J) in c by ring; replace (2 * J' J) with (J' J + J' J) in c by ring.
  rewrite !exp_plus in c; unfold tanh, sinh, cosh; rewrite !exp_Ropp.
  pose proof (exp_pos J) as u; pose proof (exp_pos (J' J)) as w; revert c u w.
  generalize (exp J) (exp (J' J)); intros a b c u w.
  assert (b2 : b * b * (2 * (a * a)) = a * a * (a * a) + 1) by (rewrite c; field; lra).
  replace ((b - / b) / 2 / ((b + / b) / 2)) with ((b * b - 1) / (b * b + 1)).
  - replace (((a - / a) / 2 / ((a + / a) / 2)) ^ 2) with ((a * a - 1) * (a * a - 1) / ((a * a + 1) * (a * a + 1))).
    + pose proof (Rmult_lt_0_compat _ _ u u); pose proof (Rmult_lt_0_compat _ _ w w).
      apply (Rmult_eq_reg_r ((b * b + 1) * ((a * a + 1) * (a * a + 1)) * (2 * (a * a)))); [|nra].
      field_simplify; [|nra|nra]. nra.
    + field; nra.
  - field; nra.
Qed.

Lemma one_below_cosh x : x <> 0 -> 1 < cosh x.
Proof.
  intros n; unfold cosh; rewrite exp_Ropp; pose proof (exp_pos x) as p.
  assert (e : exp x <> 1) by (intros e; apply n, exp_inv; now rewrite e, exp_0).
  apply (Rmult_lt_reg_r (2 * exp x)); [lra|].
  replace ((exp x + / exp x) / 2 * (2 * exp x)) with (exp x * exp x + 1) by (field; lra); nra.
Qed.

(* Fig. 2C: J' = 0 at J = 0, J' > 0 for every other J (negative ones too), and |J'| < |J|: no other fixed point. *)
Theorem Eq_24_flow J : J' 0 = 0 /\ (J <> 0 -> 0 < J' J < Rabs J).
Proof.
  split; [unfold J'; rewrite Rmult_0_r, cosh_0, ln_1; field|intros n; split].
  - unfold J'; apply Rmult_lt_0_compat; [|lra]; rewrite <- ln_1; apply ln_increasing, one_below_cosh; lra.
  - assert (even : cosh (2 * J) = cosh (2 * Rabs J)).
    { unfold Rabs; destruct (Rcase_abs J); [|reflexivity]; unfold cosh.
      rewrite Rplus_comm; do 3 f_equal; ring. }
    unfold J'; rewrite even; assert (p : 0 < Rabs J) by now apply Rabs_pos_lt.
    apply (Rmult_lt_reg_r 2); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    rewrite <- (ln_exp (Rabs J * 2)); apply ln_increasing; [apply cosh_positive|].
    unfold cosh; replace (2 * Rabs J) with (Rabs J * 2) by ring.
    pose proof (exp_increasing (- (Rabs J * 2)) (Rabs J * 2)); lra.
Qed.
